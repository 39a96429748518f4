namespace MicroChat.Tests.Program;

public sealed class PreferenceVerbTests : IDisposable
{
    private readonly Harness program = new();

    public void Dispose() => program.Dispose();

    [Theory]
    [InlineData("reward")]
    [InlineData("dpo")]
    [InlineData("kto")]
    public async Task Every_stage_has_help_with_its_defaults_and_an_example(string stage)
    {
        Assert.Equal(ExitCode.Ok, await program.RunAsync("train", stage, "--help"));
        Assert.Contains($"microchat train {stage} --model", program.Output, StringComparison.Ordinal);
        Assert.Contains("--rank", program.Output, StringComparison.Ordinal);
        Assert.Contains("[default: 8]", program.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train dpo --model models --preferences FILE --out run --beta 0", "Beta is 0; it must be above 0.")]
    [InlineData("train dpo --model models --preferences FILE --out run --loss Ipo --label-smoothing 0.1", "LabelSmoothing is 0.1; it must be 0 with the loss Ipo")]
    [InlineData("train kto --model models --preferences FILE --out run --learning-rate 3", "LearningRate is 3; it must be above 0 and below 1.")]
    [InlineData("train reward --model models --preferences FILE --out run --held-out 1 --seeds 0", "HeldOutShare is 1")]
    [InlineData("train reward --model models --preferences FILE --out run --half c", "c")]
    [InlineData("train reward --model models --out run", "--preferences")]
    [InlineData("eval --model models", "name a recipe, judged replies, prompts, or safety prompts")]
    [InlineData("eval --model models --preferences FILE", "reward models is 0")]
    public async Task A_command_line_that_makes_no_sense_starts_nothing(string line, string wanted)
    {
        Assert.Equal(ExitCode.Usage, await program.RunAsync(Words(line)));
        Assert.Contains(wanted, program.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(program.Folder, "run")));
    }

    [Theory]
    [InlineData("train reward --model models --preferences nowhere.jsonl --out run", "\"nowhere.jsonl\", which is no file")]
    [InlineData("train dpo --model nowhere --preferences FILE --out run", "\"nowhere\", which is no folder")]
    [InlineData("eval --model models --prompts nowhere.jsonl", "--prompts names \"nowhere.jsonl\"")]
    public async Task A_file_that_is_not_there_is_named(string line, string wanted)
    {
        Assert.Equal(ExitCode.Failure, await program.RunAsync(Words(line)));
        Assert.Contains(wanted, program.Errors, StringComparison.Ordinal);
    }

    private string[] Words(string line)
    {
        string file = Path.Combine(program.Folder, "pairs.jsonl");
        File.WriteAllText(file, "{}");
        return [.. line.Split(' ').Select(word => word switch { "FILE" => file, "models" or "run" => Path.Combine(program.Folder, word), _ => word })];
    }
}
