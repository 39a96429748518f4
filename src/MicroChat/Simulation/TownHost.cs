using System.Text.Json;
using MicroChat.Chat.Registry;
using MicroChat.Discord.Simulator;
using MicroChat.Discord.Simulator.Town;
using MicroChat.Feedback;
using MicroChat.Hosting;
using MicroChat.Options;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace MicroChat.Simulation;

/// <summary>The real host, put together as <c>serve</c> does it, led to the simulated Discord and kept in a folder of its own.</summary>
internal sealed class TownHost : IAsyncDisposable
{
    private const string Origin = "simulation";

    private readonly WebApplication app;

    private TownHost(WebApplication app, AppOptions options) => (this.app, Options) = (app, options);

    /// <summary>All that is set.</summary>
    public AppOptions Options { get; }

    public IFeedbackStore Store => app.Services.GetRequiredService<IFeedbackStore>();

    /// <summary>The generations of the model.</summary>
    public ModelRegistry Registry => app.Services.GetRequiredService<Generations>().Registry
        ?? throw CommandException.Failure("the model cannot be changed while it serves; a simulation needs the engine. Start it with the program itself.");

    /// <summary>Changes the generation that replies.</summary>
    public LiveModel Live => app.Services.GetRequiredService<Generations>().Live!;

    /// <summary>Starts the host; the bot logs in by itself.</summary>
    /// <param name="program">The outside world, its clock the town's.</param>
    /// <param name="options">What is simulated.</param>
    /// <param name="discord">Where the bot lives.</param>
    /// <param name="life">Who lives there.</param>
    /// <param name="stop">Stops the start.</param>
    /// <exception cref="OptionsException">The settings do not fit.</exception>
    public static async Task<TownHost> StartAsync(ProgramContext program, SimulationOptions options, DiscordSimulator discord, TownLife life, CancellationToken stop)
    {
        string arena = await WriteArenaAsync(options, stop);
        (string Key, string Value)[] needed =
        [
            ("Server:Port", "0"), ("Model:Folder", Path.Combine(options.Folder, "models")), ("Feedback:Database", Path.Combine(options.Folder, "feedback.db")),
            ("Page:RunsFolder", Path.Combine(options.Folder, "runs")), ("Discord:Token", discord.Token), ("Discord:ApiBase", discord.ApiUrl), ("Discord:Gateway", ""),
            ("Discord:MessageContent", "true"), ("Discord:Members", "true"), ("DiscordBot:UserTurnsPerHour", "0"), ("DiscordBot:ArenaPromptsFile", arena),
            ("DiscordBot:Debounce", "00:00:00.050"), ("DiscordBot:Operators:0", $"{life.Owner.Id}"), ("Training:DiscordContent", "Consented"), ("Logging:Level", "Error"),
            ("Training:Cycle:PromptsFile", Path.ChangeExtension(arena, "jsonl")), ("Canary:Mode", "Duels"), ("Canary:DuelShare", "0.8"), ("Canary:MinimumTime", "06:00:00"),
            ("Canary:CheckEvery", "00:00:01"), ("Training:Cycle:Method", "Kto"), ("Training:Cycle:DirectEpochs", "4"), ("Training:Cycle:Ensemble", "2"), ("Training:Cycle:MostVotes", "2000"),
        ];
        IEnumerable<OptionSetting> settings = [.. needed.Select(one => new OptionSetting(one.Key, one.Value, Origin)), .. options.Settings];
        AppOptions read = OptionsReader.Read(program, null, settings, []);
        WebApplication app = WebHost.Build(program with { DataFolder = Path.Combine(options.Folder, "data") }, read);
        try
        {
            await WebHost.StartAsync(app, read.Server, stop);
            return new TownHost(app, read);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>The operator's own prompts, as the bot's arena and as the trainer reads them.</summary>
    private static async Task<string> WriteArenaAsync(SimulationOptions options, CancellationToken stop)
    {
        string path = Path.Combine(options.Folder, "arena.txt");
        string[] prompts = [.. options.Prompts.Where((_, i) => i % SimulationOptions.ArenaStride == 0)];
        await File.WriteAllLinesAsync(path, prompts, stop);
        await File.WriteAllLinesAsync(
            Path.ChangeExtension(path, "jsonl"), prompts.Select(prompt => JsonSerializer.Serialize(new { source = "town", license = "unknown", prompt })), stop);
        return path;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
