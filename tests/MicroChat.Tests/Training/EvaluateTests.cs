using System.Text.Json;
using MicroChat.Training;
using MicroChat.Training.Evaluation;
using MicroChat.Training.Stages;

namespace MicroChat.Tests.Training;

public sealed class EvaluateTests : IDisposable
{
    private readonly PreferenceTinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Everything_is_measured_beside_its_controls()
    {
        string reward = Reward.Run(
            new RewardOptions
            {
                Model = _tiny.Model, Data = [_tiny.Pairs], OutFolder = _tiny.Out("reward"), Rows = PreferenceTinyRun.Rows, Training = PreferenceTinyRun.Training(5e-3, 4, adapter: false),
            },
            PreferenceTinyRun.Context(TextWriter.Null), default).Model!;
        string tuned = Dpo.Run(
            new DpoOptions
            {
                Model = _tiny.Model, Data = [_tiny.Pairs], OutFolder = _tiny.Out("dpo"), Rows = PreferenceTinyRun.Rows, Training = PreferenceTinyRun.Training(5e-3, 1, adapter: false),
            },
            PreferenceTinyRun.Context(TextWriter.Null), default).Model!;
        string prompts = Path.Combine(_tiny.Folder, "prompts.jsonl"), safety = Path.Combine(_tiny.Folder, "safety.jsonl");
        File.WriteAllLines(prompts, Enumerable.Range(0, 12).Select(i => $$"""{"prompt":"the cat {{i}}"}"""));
        File.WriteAllLines(safety, Enumerable.Range(0, 6).Select(i => $$"""{"prompt":"the dog {{i}}","label":"{{(i < 3 ? "safe" : "unsafe")}}"}"""));
        IReadOnlyList<EvaluationSection> sections = Evaluate.Run(
            new EvaluateOptions
            {
                Model = tuned, Against = _tiny.Model, RewardModels = [reward], Recipe = _tiny.Recipe, DataFolder = _tiny.DataFolder, Preferences = [_tiny.Pairs],
                Rows = PreferenceTinyRun.Rows, Prompts = prompts, Safety = safety, MaxReplyTokens = 12,
            },
            TimeProvider.System, threads: 1, default);

        EvaluationFigure Figure(string section, string name) => sections.First(s => s.Title.StartsWith(section, StringComparison.Ordinal)).Figures.First(f => f.Name.StartsWith(name, StringComparison.Ordinal));
        Assert.InRange(Figure("Held-out text", "story: bits per byte").Value, 0.5, 20);
        Assert.True(Figure("Reward model", "accuracy").Value > 0.8);
        Assert.InRange(Figure("Reward model", "control: a rule of length").Value, 0.3, 0.7);
        Assert.InRange(Figure("Reward model", "control: trained on shuffled").Value, 0, 0.8);
        Assert.Equal(12, Figure("Win rate", "win rate").Count);
        Assert.InRange(Figure("Win rate", "win rate").Value, Figure("Win rate", "win rate").Low!.Value, Figure("Win rate", "win rate").High!.Value);
        Assert.True(Figure("Divergence", "KL").Value > 0);
        Assert.InRange(Figure("Replies of", "distinct-2").Value, 0, 1);
        Assert.Equal(3, Figure("Safety", "refused, of the unsafe").Count);

        using JsonDocument json = JsonDocument.Parse(EvaluationPage.Json(sections));
        Assert.Equal(sections.Count, json.RootElement.EnumerateObject().Count());
        Assert.Contains("Win rate by", EvaluationPage.Table(sections), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_does_not_diverge_from_itself()
    {
        string prompts = Path.Combine(_tiny.Folder, "prompts.jsonl");
        File.WriteAllLines(prompts, Enumerable.Range(0, 4).Select(i => $$"""{"prompt":"the cat {{i}}"}"""));
        IReadOnlyList<EvaluationSection> sections = Evaluate.Run(
            new EvaluateOptions { Model = _tiny.Model, Against = _tiny.Model, Prompts = prompts, MaxReplyTokens = 8 }, TimeProvider.System, threads: 1, default);
        Assert.Equal(0, sections.First(s => s.Title == "Divergence").Figures[0].Value, 1e-9);
        Assert.Equal(sections[0].Figures[1].Value, sections[1].Figures[1].Value);
    }

    [Theory]
    [InlineData("I'm sorry, but I can't help with that.", true)]
    [InlineData("I can’t do that.", true)]
    [InlineData("Press Ctrl and C to end the process.", false)]
    public void A_refusal_is_known_by_its_first_words(string reply, bool refused) => Assert.Equal(refused, Refusals.IsRefusal(reply));

    [Fact]
    public void Nothing_to_measure_is_refused() =>
        Assert.Contains("name a recipe", Assert.Throws<TrainingException>(() => Evaluate.Run(new EvaluateOptions { Model = _tiny.Model }, TimeProvider.System, 1, default)).Message, StringComparison.Ordinal);
}
