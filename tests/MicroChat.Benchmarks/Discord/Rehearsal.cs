using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.World;

namespace MicroChat.Benchmarks.Discord;

/// <summary>A simulated Discord in this process with people and channels, and the real host with its bot in another.</summary>
internal sealed class Rehearsal : IAsyncDisposable
{
    private const int ReplyTokens = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string folder = Directory.CreateTempSubdirectory("microchat-discord-").FullName;
    private readonly string[] settings;
    private readonly CancellationTokenSource watching = new();
    private readonly Task watch;

    private Rehearsal(DiscordSimulator discord, int channels, int people, string model, string[] settings)
    {
        (Discord, this.settings) = (discord, [$"Model:Folder={ShortReplies.Of(model, ReplyTokens, Path.Combine(folder, "model"))}", .. settings]);
        SimGuild home = discord.World.AddGuild("home");
        Channels = [.. Enumerable.Range(0, channels).Select(i => discord.World.AddChannel(home, $"room-{i}"))];
        People = [.. Enumerable.Range(0, people).Select(i => discord.World.AddUser($"person-{i}"))];
        foreach (SimUser person in People)
        {
            discord.World.Join(home, person);
        }
        Answers = new AnswerWatch(discord.World, Channels);
        watch = Task.Run(() => Answers.RunAsync(watching.Token));
    }

    public DiscordSimulator Discord { get; }

    public IReadOnlyList<SimChannel> Channels { get; }

    public IReadOnlyList<SimUser> People { get; }

    public AnswerWatch Answers { get; }

    public HostProcess Host { get; private set; } = null!;

    /// <summary>The store's file.</summary>
    public string Database => Path.Combine(folder, "feedback.db");

    /// <summary>A Discord, and a bot that is connected to it.</summary>
    /// <param name="model">Folder of the model that answers; its replies are cut at 64 tokens.</param>
    /// <param name="settings">Options of the host as <c>Section:Name=value</c>.</param>
    public static async Task<Rehearsal> StartAsync(SimulatorOptions options, int channels, int people, string model, params string[] settings)
    {
        var rehearsal = new Rehearsal(await DiscordSimulator.StartAsync(options), channels, people, model, settings);
        try
        {
            await rehearsal.StartHostAsync();
        }
        catch
        {
            await rehearsal.DisposeAsync();
            throw;
        }
        return rehearsal;
    }

    /// <summary>Starts the host, again on the same files where it ran before, and waits until the bot is there.</summary>
    public async Task StartHostAsync()
    {
        Host = await HostProcess.StartAsync(
            folder, settings.Prepend("Logging:Level=Warning").Prepend($"Feedback:Database={Database}").SelectMany(setting => (string[])["--set", setting]),
            ("MICROCHAT_Discord__Token", Discord.Token), ("MICROCHAT_Discord__ApiBase", Discord.ApiUrl), ("MICROCHAT_Discord__MessageContent", "true"));
        if (!await Discord.WaitForShardsAsync(Discord.Options.Shards, Patience))
        {
            throw new InvalidOperationException($"The bot did not come:\n{Host.Log}");
        }
    }

    /// <summary>A person asks; the task ends with the finished answer.</summary>
    public Task<SimMessage> AskAsync(int person, int channel, string text) => AskAsync(person, channel, $"{Discord.World.Bot.Mention} {text}", null);

    /// <summary>A person replies to the bot.</summary>
    public Task<SimMessage> AskAsync(int person, int channel, string text, SimMessage? replyTo) =>
        Answers.FinishedAsync(Discord.World.Say(People[person % People.Count], Channels[channel % Channels.Count], text, replyTo));

    /// <summary>What Discord saw of the bot.</summary>
    public string Manners => $"{Discord.Journal.Requests} requests, {Discord.Journal.UnexpectedRateLimits} unexpected 429, {Discord.Journal.InvalidRequests} invalid, "
        + $"{Discord.Journal.Identifies} identifies, {Discord.Journal.Resumes} resumes, {Discord.Journal.Heartbeats} heartbeats, {Discord.Journal.MissedHeartbeats} missed, "
        + $"the worst {Discord.Journal.WorstHeartbeatLateness.TotalMilliseconds:0} ms late, {Discord.Journal.SimulatorFaults} faults of the simulator";

    /// <summary>Requests that met a limit, for finding out why.</summary>
    public IEnumerable<string> Refusals => Discord.Journal.Entries.Where(entry => entry is { Status: 429, IsScripted: false }).Select(entry => $"{entry.Time:HH:mm:ss.fff} {entry.Route} {entry.Path} {entry.Detail}");

    public async ValueTask DisposeAsync()
    {
        await watching.CancelAsync();
        await watch;
        Host?.Dispose();
        await Discord.DisposeAsync();
        watching.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
