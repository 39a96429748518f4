using System.Globalization;
using MicroChat.Discord.Simulator.Failures;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Scripting;

/// <summary>Lines that begin with <c>fail</c>.</summary>
internal sealed class FailureLines(ScriptStage stage) : IDisposable
{
    private static readonly string[] StormEmoji = ["👍", "👎"];

    private CancellationTokenSource traffic = new();

    public void Dispose()
    {
        traffic.Cancel();
        traffic.Dispose();
    }

    public async Task<ScriptResult> RunAsync(IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        string[] rest = [.. words.Skip(1)];
        if (rest is ["storm", string count, string seconds])
        {
            SimMessage message = stage.OfBot(null);
            await stage.Simulator.Failures.ReactionStormAsync(message, Count(count), Seconds(seconds), StormEmoji, cancellationToken);
            return new ScriptResult(true, $"{count} reactions", message.Id);
        }
        if (rest is ["clear"])
        {
            await traffic.CancelAsync();
            traffic.Dispose();
            traffic = new CancellationTokenSource();
        }
        if (!OnGateway(rest) && !OnRequests(rest))
        {
            throw new ScriptException($"there is no failure \"{string.Join(' ', rest)}\"; help shows all.");
        }
        return new ScriptResult(true, "set: " + string.Join(' ', rest));
    }

    private bool OnGateway(string[] rest)
    {
        FailureScripts fail = stage.Simulator.Failures;
        switch (rest)
        {
            case ["reconnect"]:
                fail.Reconnect();
                return true;
            case ["invalid"] or ["invalid", "resumable"]:
                fail.InvalidSession(rest.Length == 2);
                return true;
            case ["zombie"]:
                fail.Zombies();
                return true;
            case ["close", string code]:
                fail.Close(Count(code) is >= 1000 and < 5000 and int valid ? valid : throw new ScriptException("A close code is from 1000 to 4999."));
                return true;
            case ["cut"]:
                fail.Cut();
                return true;
            case ["heartbeat"]:
                fail.AskForHeartbeat();
                return true;
            case ["lose", string count]:
                fail.LoseEvents(Count(count));
                return true;
            case ["duplicate", string count]:
                fail.DuplicateEvents(Count(count));
                return true;
            case ["reverse", string count]:
                fail.ReverseEvents(Count(count));
                return true;
            case ["slow-gateway", string seconds]:
                fail.SlowGateway(Seconds(seconds));
                return true;
            case ["traffic", string perSecond] when ScriptStage.Number(perSecond) is > 0 and var rate:
                _ = fail.TrafficAsync(stage.Channel("elsewhere"), rate, traffic.Token);
                return true;
            default:
                return false;
        }
    }

    private bool OnRequests(string[] rest)
    {
        FailureScripts fail = stage.Simulator.Failures;
        switch (rest)
        {
            case ["429", "user" or "global" or "shared", string seconds, .. string[] more]:
                var scope = Enum.Parse<RateLimitScope>(rest[1], ignoreCase: true);
                fail.RateLimit(scope, Seconds(seconds), more.Length > 0 ? Count(more[0]) : 1, string.Join(' ', more.Skip(1)));
                return true;
            case ["500" or "502" or "503" or "504", string times, .. string[] route]:
                fail.ServerErrors(Count(times), Count(rest[0]), string.Join(' ', route));
                return true;
            case ["slow", string seconds]:
                fail.SlowRequests(Seconds(seconds));
                return true;
            case ["cut-requests", string cuts]:
                fail.CutRequests(Count(cuts), afterwards: false);
                return true;
            case ["cut-requests", string cuts, "after"]:
                fail.CutRequests(Count(cuts), afterwards: true);
                return true;
            case ["clear"]:
                fail.Clear();
                return true;
            default:
                return false;
        }
    }

    private static int Count(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
        ? number : throw new ScriptException($"\"{text}\" must be a whole number.");

    private static TimeSpan Seconds(string text) => TimeSpan.FromSeconds(ScriptStage.Number(text));
}
