using MicroChat.Chat.Registry;
using MicroChat.Model.Decoding;
using MicroChat.Model.Checkpoints;
using MicroChat.Tests.Chat.Serving;

namespace MicroChat.Tests.Program;

public sealed class ModelVerbTests : IDisposable
{
    private readonly Harness program = new();
    private readonly string models;

    public ModelVerbTests()
    {
        models = Path.Combine(program.Folder, "tiny");
        Directory.CreateDirectory(models);
        DecoderConfigWriter.Write(TinyModel.Config, models);
        for (int i = 0; i < 2; i++)
        {
            string staged = Path.Combine(models, ".staged");
            Directory.CreateDirectory(staged);
            DecoderConfigWriter.Write(TinyModel.Config, staged);
            Open().Add(staged, i, $"lesson {i}", new Dictionary<string, double>());
        }
    }

    public void Dispose() => program.Dispose();

    [Fact]
    public async Task Generations_are_tried_promoted_rolled_back_and_listed_with_what_was_decided()
    {
        Assert.Contains("There is no trial.", await SayAsync("canary"), StringComparison.Ordinal);
        Assert.Contains("Generation 1 is on trial.", await SayAsync("canary", "1", "--duels"), StringComparison.Ordinal);
        Assert.Contains("in duels", await SayAsync("canary"), StringComparison.Ordinal);
        Assert.True(Open().Trial!.Duels);
        Assert.Contains("trial of generation 1 is over", await SayAsync("canary", "--stop"), StringComparison.Ordinal);
        Assert.Contains("Generation 2 is live.", await SayAsync("promote", "2"), StringComparison.Ordinal);
        Assert.Contains("Generation 0 is live again.", await SayAsync("rollback"), StringComparison.Ordinal);
        string list = await SayAsync("list");
        Assert.Contains("2  retired   from 1", list, StringComparison.Ordinal);
        Assert.Contains("generation 2: promoted (operator)", list, StringComparison.Ordinal);
        Assert.Equal(0, Open().Live.Card.Generation);
    }

    [Fact]
    public async Task What_cannot_be_done_is_said_and_changes_nothing()
    {
        Assert.NotEqual(ExitCode.Ok, await program.RunAsync("model", "rollback", "--model", models));
        Assert.Contains("nothing to go back to", program.Errors, StringComparison.Ordinal);
        Assert.NotEqual(ExitCode.Ok, await program.RunAsync("model", "promote", "9", "--model", models));
        Assert.Contains("no generation 9", program.Errors, StringComparison.Ordinal);
        Assert.Equal(0, Open().Live.Card.Generation);
    }

    private ModelRegistry Open() => new(models, TimeProvider.System);

    private async Task<string> SayAsync(params string[] args)
    {
        program.Terminal = new FakeTerminal();
        Assert.Equal(ExitCode.Ok, await program.RunAsync(["model", .. args, "--model", models]));
        return program.Output;
    }
}
