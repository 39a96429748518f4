using MicroChat.Chat.Registry;
using MicroChat.Model.Checkpoints;
using MicroChat.Tests.Chat.Serving;

namespace MicroChat.Tests.Chat.Registry;

public sealed class ModelRegistryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("microchat-").FullName;

    public ModelRegistryTests() => WriteConfig(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_embedded_model_is_generation_0_and_live()
    {
        ModelGeneration live = Open().Live;
        Assert.Equal((0, GenerationState.Live, Path.GetFullPath(_folder)), (live.Card.Generation, live.State, live.Folder));
        Assert.Empty(Directory.EnumerateFiles(_folder, "registry.json"));
        Assert.Contains("nothing to go back to", Assert.Throws<CheckpointException>(() => Open().RollBack()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_card_beside_the_embedded_model_names_it()
    {
        Assert.Equal(Path.GetFileName(_folder), Open().Live.Card.Name);
        File.WriteAllText(Path.Combine(_folder, "card.json"), """{"generation":0,"name":"little"}""");
        Assert.Equal("little", Open().Live.Card.Name);
    }

    [Fact]
    public void A_candidate_is_tried_promoted_and_rolled_back()
    {
        ModelRegistry registry = Open();
        ModelGeneration first = registry.Add(Staged(), parent: 0, "120 ratings", new Dictionary<string, double> { ["win_rate"] = 0.61 });
        ModelGeneration second = registry.Add(Staged(), parent: 1, "300 ratings", new Dictionary<string, double>());
        Assert.Equal((1, GenerationState.Candidate), (first.Card.Generation, first.State));
        registry.StartCanary(1);
        Assert.Equal(1, registry.Canary!.Card.Generation);
        Assert.Equal(GenerationState.Live, registry.Promote(1).State);
        Assert.Null(registry.Canary);
        registry.Promote(2);
        Assert.Equal([GenerationState.Live, GenerationState.Retired, GenerationState.Retired], registry.List().Select(g => g.State));
        Assert.Equal([2, 1, 0], Open().Lineage(2).Select(g => g.Card.Generation));
        Assert.Equal(0.61, Open().Get(1).Card.Evaluation["win_rate"]);
        Assert.Equal(1, Open().RollBack().Card.Generation);
        Assert.Equal(0, Open().RollBack().Card.Generation);
        Assert.Equal([GenerationState.Retired, GenerationState.Retired, GenerationState.Live], Open().List().Select(g => g.State));
        Assert.Equal(2, second.Card.Generation);
    }

    [Fact]
    public void Ending_a_trial_retires_its_generation()
    {
        ModelRegistry registry = Open();
        registry.Add(Staged(), 0, "", new Dictionary<string, double>());
        registry.StartCanary(1);
        registry.StopCanary();
        registry.StopCanary();
        Assert.Equal(GenerationState.Retired, registry.Get(1).State);
        Assert.Equal(0, registry.Live.Card.Generation);
    }

    [Fact]
    public void Broken_files_are_named_and_half_made_generations_do_not_count()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "gen-0007"));
        Assert.Single(Open().List());
        Assert.Contains("no generation 7", Assert.Throws<CheckpointException>(() => Open().Promote(7)).Message, StringComparison.Ordinal);
        Assert.Throws<CheckpointException>(() => Open().Add(Directory.CreateTempSubdirectory("microchat-").FullName, 0, "", new Dictionary<string, double>()));
        File.WriteAllText(Path.Combine(_folder, "registry.json"), "{\"live\": ");
        Assert.Contains("registry.json cannot be read", Assert.Throws<CheckpointException>(Open).Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_folder, "registry.json"), "{\"live\": 9}");
        Assert.Contains("no generation 9", Assert.Throws<CheckpointException>(Open).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(_folder, "config.json"));
        Assert.Contains("config.json", Assert.Throws<CheckpointException>(Open).Message, StringComparison.Ordinal);
    }

    private ModelRegistry Open() => new(_folder, TimeProvider.System);

    private string Staged()
    {
        string staged = Path.Combine(_folder, $".staged-{Guid.NewGuid():N}");
        Directory.CreateDirectory(staged);
        WriteConfig(staged);
        return staged;
    }

    private static void WriteConfig(string folder) => DecoderConfigWriter.Write(TinyModel.Config, folder);
}
