using MicroChat.Chat.Registry;
using MicroChat.Model.Checkpoints;
using MicroChat.Tests.Chat.Serving;

namespace MicroChat.Tests.Chat.Registry;

/// <summary>A program that is killed between two steps of a change leaves a registry that opens, in the state before or after, and a log that the next change makes whole.</summary>
public sealed class RegistryCrashTests : IDisposable
{
    private const int Borders = 5;

    private readonly string _folder = Directory.CreateTempSubdirectory("microchat-").FullName;

    public RegistryCrashTests()
    {
        DecoderConfigWriter.Write(TinyModel.Config, _folder);
        for (int i = 0; i < 3; i++)
        {
            string staged = Path.Combine(_folder, $".staged-{i}");
            Directory.CreateDirectory(staged);
            DecoderConfigWriter.Write(TinyModel.Config, staged);
            Open().Add(staged, i, $"lesson {i}", new Dictionary<string, double>());
        }
        Open().Promote(1);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, int> Kills =>
    [
        .. from change in new[] { "start", "stop", "promote", "roll back", "hold" }
           from border in Enumerable.Range(0, Borders)
           select (change, border),
    ];

    [Theory]
    [MemberData(nameof(Kills))]
    public void A_kill_at_any_border_of_a_change_leaves_the_state_before_or_after(string change, int border)
    {
        if (change == "stop")
        {
            Open().StartCanary(2);
        }
        string before = State(Open()), after = After(change);
        int logged = Open().Decisions.Count;
        ModelRegistry killed = Open();
        int reached = 0;
        killed.Border = _ => KillAt(border, ref reached);
        Assert.Throws<Killed>(() => Apply(killed, change));
        File.WriteAllBytes(Path.Combine(_folder, $".registry.json.{new string('a', 32)}.tmp"), [1, 2, 3]);      // what a real kill leaves there
        ModelRegistry opened = Open();
        string found = State(opened);
        Assert.Equal(border <= 2 ? before : after, found);
        Assert.Equal(border <= 2 ? logged : logged + 1, opened.Decisions.Count);
        Assert.NotNull(opened.Live);
        Apply(opened, change);                                                                                  // done again, it is done, once
        Assert.Equal(after, State(Open()));
        opened.Promote(3);
        Assert.Equal(Enumerable.Range(1, Open().Decisions.Count).Select(number => (long)number), Open().Decisions.Select(decision => decision.Number));
        Assert.Equal(DecisionKind.Promoted, Open().Decisions[^1].Kind);
        Assert.Empty(Directory.EnumerateFiles(_folder, "*.tmp"));
    }

    [Fact]
    public void The_borders_are_as_many_as_the_kills()
    {
        int reached = 0;
        ModelRegistry registry = Open();
        registry.Border = _ => reached++;
        registry.Promote(2);
        Assert.Equal(Borders, reached);
    }

    [Fact]
    public void A_killed_addition_leaves_the_model_where_it_was_or_added()
    {
        string staged = Path.Combine(_folder, ".staged-x");
        Directory.CreateDirectory(staged);
        DecoderConfigWriter.Write(TinyModel.Config, staged);
        File.WriteAllText(Path.Combine(staged, "card.json"), "{\"generation\": 4, \"name\": \"half");                // a kill before the folder was moved
        Assert.Equal(4, Open().List().Count);
        Assert.Equal(4, Open().Add(staged, 1, "", new Dictionary<string, double>()).Card.Generation);
    }

    [Fact]
    public void A_full_disk_changes_nothing_and_says_so()
    {
        ModelRegistry registry = Open();
        registry.Border = border => throw new IOException(border.Contains("half of", StringComparison.Ordinal) ? "No space left on device" : border);
        string before = State(Open());
        Assert.ThrowsAny<Exception>(() => registry.Promote(2));
        Assert.Equal(before, State(Open()));
    }

    [Fact]
    public void Two_programs_change_one_registry_one_after_the_other()
    {
        ModelRegistry[] programs = [Open(), Open(), Open(), Open()];
        Parallel.For(0, 40, i => programs[i % 4].Hold(i % 2 == 0, new Why("test", $"{i}", new Dictionary<string, double>())));
        Parallel.For(0, 40, i => programs[i % 4].Promote(1 + (i % 3), Why.ByHand));
        IReadOnlyList<Decision> decisions = Open().Decisions;
        Assert.Equal(Enumerable.Range(1, decisions.Count).Select(number => (long)number), decisions.Select(decision => decision.Number));
        Assert.Equal(decisions[^1].Live, Open().Live.Card.Generation);
    }

    [Fact]
    public void A_held_lock_of_another_program_is_waited_for_and_then_named()
    {
        using FileStream other = RegistryLock.Take(_folder);
        Assert.Contains("held by another program", Assert.Throws<CheckpointException>(() => Open().Promote(2)).Message, StringComparison.Ordinal);
    }

    private static void KillAt(int border, ref int reached)
    {
        if (reached++ == border)
        {
            throw new Killed();
        }
    }

    private string After(string change)
    {
        string copy = Directory.CreateTempSubdirectory("microchat-").FullName;
        try
        {
            foreach (string folder in Directory.EnumerateDirectories(_folder))
            {
                Directory.CreateDirectory(Path.Combine(copy, Path.GetFileName(folder)));
            }
            foreach (string file in Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories))
            {
                File.Copy(file, Path.Combine(copy, Path.GetRelativePath(_folder, file)));
            }
            var registry = new ModelRegistry(copy, TimeProvider.System);
            Apply(registry, change);
            return State(registry);
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private static void Apply(ModelRegistry registry, string change)
    {
        switch (change)
        {
            case "start": registry.StartCanary(2); break;
            case "stop": registry.StopCanary(); break;
            case "promote": registry.Promote(2); break;
            case "roll back" when registry.Live.Card.Generation == 1: registry.RollBack(); break;
            case "hold": registry.Hold(true, Why.ByHand); break;
            default: break;
        }
    }

    private static string State(ModelRegistry registry) =>
        $"{string.Join(", ", registry.List().Select(g => $"{g.Card.Generation} {g.State}"))}; before {registry.Previous}; held {registry.IsHeld}";

    private ModelRegistry Open() => new(_folder, TimeProvider.System);

    private sealed class Killed : Exception;
}
