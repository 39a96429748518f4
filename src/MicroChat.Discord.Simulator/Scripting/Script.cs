using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Scripting;

/// <summary>Acts in the world as lines of text say: <c>alice: hello</c>, <c>bob reacts 👍</c>, <c>fail reconnect</c>.</summary>
public sealed class Script : IDisposable
{
    private readonly ScriptStage stage;
    private readonly PeopleLines people;
    private readonly FailureLines failures;

    /// <summary>A script that begins in the first guild's first channel; both are made where there are none.</summary>
    public Script(DiscordSimulator simulator)
    {
        stage = new ScriptStage(simulator);
        people = new PeopleLines(stage);
        failures = new FailureLines(stage);
    }

    /// <summary>What lines can say.</summary>
    public static string Help => """
        alice: hello                      says it here; alice #other: …, alice dm: … elsewhere
        alice replies: text               to the bot's newest message here; alice replies to ID: …
        alice edits: text                 her newest message; alice edits ID: …
        alice deletes [ID]                her newest message
        alice reacts 👍 [ID]              under the bot's newest message; alice unreacts 👍 [ID]
        alice types
        alice /ask question="why is it"   a slash command; subcommands follow its name
        alice menu "Ask about this" [ID]  a context menu command on a message
        alice presses Retry [ID]          a button by its label or custom_id
        alice selects MENU a,b [ID]
        alice submits reason=unclear      the form that the bot opened for her
        alice thread NAME                 starts a thread and goes there
        in #other                         goes to a channel; in dm alice
        wait 1.5                          seconds
        fail reconnect | invalid | invalid resumable | zombie | close 4009 | cut | heartbeat
        fail 429 user|global|shared SECONDS [TIMES] [ROUTE]
        fail 503 TIMES [ROUTE] | slow SECONDS | slow-gateway SECONDS | cut-requests TIMES [after]
        fail lose N | duplicate N | reverse N | storm N SECONDS | traffic PER-SECOND | clear
        """;

    /// <summary>Does what a line says. Empty lines and those that begin with <c>//</c> do nothing.</summary>
    public async Task<ScriptResult> RunAsync(string line, CancellationToken cancellationToken = default)
    {
        line = line.Trim();
        if (line.Length == 0 || line.StartsWith("//", StringComparison.Ordinal))
        {
            return new ScriptResult(true, "");
        }
        try
        {
            return line == "help" ? new ScriptResult(true, Help) : await DispatchAsync(line, cancellationToken);
        }
        catch (Exception e) when (e is ScriptException or InvalidOperationException or ArgumentException or FormatException or OverflowException)
        {
            return new ScriptResult(false, e.Message);
        }
    }

    /// <summary>Ends the traffic that the script started.</summary>
    public void Dispose() => failures.Dispose();

    private async Task<ScriptResult> DispatchAsync(string line, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> words = ScriptWords.Of(line);
        switch (words[0])
        {
            case "in":
                return people.Go(words);
            case "fail":
                return await failures.RunAsync(words, cancellationToken);
            case "wait" when words.Count == 2:
                await Task.Delay(TimeSpan.FromSeconds(ScriptStage.Number(words[1])), stage.Simulator.Options.Time, cancellationToken);
                return new ScriptResult(true, "");
            default:
                return people.Run(line, words);
        }
    }
}
