using MicroChat.Chat;
using MicroChat.Chat.Registry;
using MicroChat.Chat.Serving;
using MicroChat.Model.Checkpoints;
using MicroChat.Tests.Chat.Serving;

namespace MicroChat.Tests.Chat.Registry;

public sealed class LiveModelTests : IDisposable
{
    private static readonly Why s_why = new("test", "because", new Dictionary<string, double> { ["votes"] = 40 });

    private readonly string _folder = Directory.CreateTempSubdirectory("microchat-").FullName;
    private readonly Engine _engine = TinyModel.Engine(new EngineOptions(), out _);
    private readonly HashSet<int> _broken = [];
    private readonly List<int> _loaded = [];
    private readonly ModelRegistry _registry;

    public LiveModelTests()
    {
        DecoderConfigWriter.Write(TinyModel.Config, _folder);
        _registry = new ModelRegistry(_folder, TimeProvider.System);
        for (int i = 0; i < 3; i++)
        {
            string staged = Path.Combine(_folder, ".staged");
            Directory.CreateDirectory(staged);
            DecoderConfigWriter.Write(TinyModel.Config, staged);
            _registry.Add(staged, i, "", new Dictionary<string, double>());
        }
    }

    public void Dispose()
    {
        _engine.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_trial_is_served_beside_the_live_generation_and_promoting_it_loads_nothing()
    {
        LiveModel live = Live();
        live.StartCanary(1, byServer: false, duels: false, s_why);
        Assert.Equal(["0", "1"], _engine.Versions);
        Assert.NotNull(live.Route);
        Assert.Null(live.DuelIn("a", null));
        live.Promote(1, s_why);
        Assert.Equal([1], _loaded);
        Assert.Equal(["1", "0"], _engine.Versions);
        Assert.Null(live.Route);
        live.RollBack(s_why);
        Assert.Equal([1], _loaded);
        Assert.Equal(["0"], _engine.Versions);
        Assert.Equal([DecisionKind.TrialStarted, DecisionKind.Promoted, DecisionKind.RolledBack], _registry.Decisions.Select(d => d.Kind));
        Assert.All(_registry.Decisions, d => Assert.Equal(("because", 40), (d.Why.Words, d.Why.Figures["votes"])));
    }

    [Fact]
    public void A_generation_that_cannot_be_loaded_changes_nothing()
    {
        LiveModel live = Live();
        _broken.Add(1);
        Assert.Throws<CheckpointException>(() => live.Promote(1, s_why));
        Assert.Throws<CheckpointException>(() => live.StartCanary(1, byServer: false, duels: false, s_why));
        Assert.Equal(0, _registry.Live.Card.Generation);
        Assert.Null(_registry.Canary);
        Assert.Empty(_registry.Decisions);
    }

    [Fact]
    public void What_another_program_did_to_the_registry_is_followed()
    {
        LiveModel live = Live();
        var other = new ModelRegistry(_folder, TimeProvider.System);
        other.StartCanary(2);
        live.Synchronise();
        Assert.Equal(["0", "2"], _engine.Versions);
        other.Promote(3);
        live.Synchronise();
        Assert.Equal(["3", "0"], _engine.Versions);
        other.RollBack();
        other.StartCanary(1, byServer: true, duels: true, s_why);
        live.Synchronise();
        Assert.Equal(["0", "1"], _engine.Versions);
    }

    [Fact]
    public void A_trial_of_a_broken_generation_ends_with_the_reason_and_the_live_one_serves()
    {
        _broken.Add(2);
        _registry.StartCanary(2);
        LiveModel live = Live();
        live.Synchronise();
        Assert.Equal(["0"], _engine.Versions);
        Assert.Equal(GenerationState.Retired, _registry.Get(2).State);
        Assert.Contains("broken on purpose", _registry.Decisions[^1].Why.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_duels_both_generations_answer_in_a_share_of_the_conversations_and_nobody_gets_the_new_one_alone()
    {
        LiveModel live = Live();
        live.StartCanary(1, byServer: false, duels: true, s_why);
        Assert.InRange(Enumerable.Range(0, 500).Count(i => live.DuelIn($"{i}", null) == new Duel("0", "1")), 65, 135);
        string contested = Enumerable.Range(0, 500).Select(i => $"{i}").First(i => live.DuelIn(i, null) is not null);
        List<ReplyPiece> pieces = await TinyModel.Collect(_engine, TinyModel.Endless("dog", 3) with { Conversation = contested });
        Assert.Equal("0", pieces.Single(p => p.Start is not null).Start!.Model.Version);
    }

    [Fact]
    public void However_great_the_share_a_trial_never_gets_more_of_the_conversations_than_its_most()
    {
        LiveModel live = Live(new CanaryOptions { Share = 1, MostExposed = 0.1 });
        live.StartCanary(1, byServer: false, duels: false, s_why);
        Assert.Equal(100, Enumerable.Range(0, 1_000).Count(i => live.Route!.Takes($"{i}", null)));
    }

    [Fact]
    public void Without_a_warm_generation_only_what_replies_is_loaded()
    {
        LiveModel live = Live(new CanaryOptions { KeepWarm = false });
        live.Promote(1, s_why);
        Assert.Equal(["1"], _engine.Versions);
        live.RollBack(s_why);
        Assert.Equal(["0"], _engine.Versions);
    }

    private LiveModel Live(CanaryOptions? options = null) => new(_registry, _engine, Load, options ?? new CanaryOptions());

    private ServingModel Load(ModelGeneration generation)
    {
        int number = generation.Card.Generation;
        _loaded.Add(number);
        return _broken.Contains(number) ? throw new CheckpointException("broken on purpose") : TinyModel.Create(out _, seed: 2 + number, version: $"{number}");
    }
}
