using MicroChat.Chat;
using MicroChat.Chat.Registry;
using MicroChat.Chat.Serving;
using MicroChat.Feedback;
using MicroChat.Feedback.Sqlite;
using MicroChat.Hosting;
using MicroChat.Model.Checkpoints;
using MicroChat.Options;
using MicroChat.Tests.Chat.Serving;
using MicroChat.Tests.Feedback;
using MicroChat.Trials;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace MicroChat.Tests.Program.Trials;

/// <summary>A registry with two generations, a real engine with tiny models, a real store, and a clock of the test's own.</summary>
internal sealed class TrialHarness : IAsyncDisposable
{
    private readonly SqliteFolder _folder = new();
    private readonly Engine _engine;
    private readonly ServiceCollection _services = [];

    public TrialHarness(CanaryOptions? options = null)
    {
        Options = new AppOptions { Canary = options ?? new CanaryOptions { Mode = TrialMode.Share } };
        Models = Directory.CreateDirectory(Path.Combine(_folder.Folder, "tiny")).FullName;
        DecoderConfigWriter.Write(TinyModel.Config, Models);
        Registry = new ModelRegistry(Models, Clock);
        _engine = TinyModel.Engine(new EngineOptions(), out _);
        Live = new LiveModel(Registry, _engine, generation => Broken.Contains(generation.Card.Generation)
            ? throw new CheckpointException("broken on purpose")
            : TinyModel.Create(out _, version: $"{generation.Card.Generation}"), Options.Canary);
        Store = _folder.Open();
    }

    public AppOptions Options { get; }

    public string Models { get; }

    public ManualClock Clock => _folder.Clock;

    public SqliteFeedbackStore Store { get; }

    public ModelRegistry Registry { get; }

    public LiveModel Live { get; }

    public Engine Engine => _engine;

    public GenerationPace Pace { get; } = new();

    public HashSet<int> Broken { get; } = [];

    public IServiceCollection Services => _services;

    public TrialService Service => field ??= new TrialService(
        new Generations(Registry, Live), Store, Pace, Options, Clock, _services.BuildServiceProvider(), NullLogger<TrialService>.Instance);

    /// <summary>A new candidate, trained from generation 0.</summary>
    public int AddCandidate(string learnedFrom = "40 votes")
    {
        string staged = Path.Combine(Models, ".staged");
        Directory.CreateDirectory(staged);
        DecoderConfigWriter.Write(TinyModel.Config, staged);
        return Registry.Add(staged, 0, learnedFrom, new Dictionary<string, double>()).Card.Generation;
    }

    public Task LookAsync() => Service.LookAsync(CancellationToken.None);

    /// <summary>Replies of a generation, each in a conversation of its own and rated by somebody.</summary>
    /// <param name="generation">Which.</param>
    /// <param name="count">How many.</param>
    /// <param name="up">How many of ten are rated 👍.</param>
    /// <param name="people">By how many people.</param>
    public async Task VoteAsync(int generation, int count, int up, int people = 20)
    {
        for (int i = 0; i < count; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(5));         // no burst
            ExchangeRecord exchange = await SayAsync(generation, $"person {i % people}", null);
            await SqliteFolder.RateAsync(Store, exchange.Id, $"person {i % people}", i / people % 10 < up ? 1 : -1);
        }
    }

    /// <summary>An exchange that a generation replied in.</summary>
    public async Task<ExchangeRecord> SayAsync(int generation, string person, ExchangeRecord? sibling)
    {
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        var exchange = new ExchangeRecord
        {
            Id = Guid.CreateVersion7(Clock.Now), Conversation = sibling?.Conversation ?? Guid.CreateVersion7(Clock.Now), Place = Place.Of(Platforms.Web),
            Person = Store.PseudonymOf(Platforms.Web, person), Prompt = "hello", PromptTokens = [1], ModelVersion = $"tiny@{generation}", Time = sibling?.Time ?? Clock.Now,
            Reply = new ExchangeReply { Status = ReplyStatus.Complete, Text = "a reply of the usual length", Tokens = [2], LogProbabilities = [-1f], Time = Clock.Now },
        };
        await Store.AddExchangeAsync(exchange, default);
        return exchange;
    }

    /// <summary>A duel that somebody decided.</summary>
    public async Task DuelAsync(string person, bool canaryWins)
    {
        Clock.Advance(TimeSpan.FromSeconds(5));
        ExchangeRecord live = await SayAsync(0, person, null), canary = await SayAsync(1, person, live);
        ComparisonRecord comparison = await Store.CompareAsync([live.Id, canary.Id], new Random(1), default);
        var rater = new Rater(Store.PseudonymOf(Platforms.Web, person), RaterKind.Person, null);
        await Store.AnswerAsync(NewAnswer.Winner(comparison.Id, rater, canaryWins ? canary.Id : live.Id), default);
    }

    public async ValueTask DisposeAsync()
    {
        Service.Dispose();
        _engine.Dispose();
        await Store.DisposeAsync();
        _folder.Dispose();
    }
}
