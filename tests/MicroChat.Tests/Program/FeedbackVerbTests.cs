using System.Text.Json;
using MicroChat.Feedback.Security;

namespace MicroChat.Tests.Program;

public sealed class FeedbackVerbTests : IDisposable
{
    private readonly Harness program = new();

    public void Dispose() => program.Dispose();

    [Fact]
    public async Task Feedback_is_shown_counted_exported_imported_and_forgotten()
    {
        await program.ChatAsync("hi\n/up\nwhy?\n/down\n");
        Assert.Contains("        2       1       1", await OutputAsync("feedback", "stats"), StringComparison.Ordinal);
        string shown = await OutputAsync("feedback", "show", "--rating", "down");
        Assert.Contains("  > why?\n    echo: why?\n  👎  by the asker", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("> hi", shown, StringComparison.Ordinal);
        Assert.Contains("Nothing found.", await OutputAsync("feedback", "show", "--text", "volcano"), StringComparison.Ordinal);
        Assert.Contains("--after ", await OutputAsync("feedback", "show", "--limit", "1"), StringComparison.Ordinal);

        string snapshot = Path.Combine(program.Folder, "snapshot");
        Assert.Contains("2  train/thumbs.jsonl", await OutputAsync("feedback", "export", snapshot, "--held-out-persons", "0"), StringComparison.Ordinal);
        string other = Path.Combine(program.Folder, "other.db");
        Assert.Contains("New: 2 exchanges, 2 ratings, 0 comparisons.", await OutputAsync("feedback", "import", snapshot, "--database", other), StringComparison.Ordinal);

        Assert.Contains("Nothing found to forget.", await OutputAsync("feedback", "forget", "--user", "discord:1"), StringComparison.Ordinal);
        Assert.Contains("Forgotten: 2 exchanges, 2 ratings", await OutputAsync("feedback", "forget", "--user", "terminal:operator"), StringComparison.Ordinal);
        Assert.Contains("Nothing found.", await OutputAsync("feedback", "show"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Trust_is_a_table_or_json_and_controls_are_planted_from_a_file()
    {
        await program.ChatAsync("hi\n/up\nwhy?\n/down\n");
        string controls = Path.Combine(program.Folder, "controls.jsonl");
        await File.WriteAllTextAsync(controls, """{"prompt":"2+2?","chosen":"4","rejected":"Fish"}""");
        Assert.Contains("Planted 1 controls at web", await OutputAsync("feedback", "plant", controls), StringComparison.Ordinal);
        Assert.Contains("1 raters, 2 votes, 2 counted; of 1 every vote counts in full", await OutputAsync("feedback", "trust"), StringComparison.Ordinal);
        string all = await OutputAsync("feedback", "trust", "--all");
        Assert.Contains("terminal                            2        2    1.00  nobody to compare", all, StringComparison.Ordinal);
        JsonElement report = JsonElement.Parse(await OutputAsync("feedback", "trust", "--json"));
        Assert.Equal((2, "counted"), (report.GetProperty("raters")[0].GetProperty("counted").GetInt32(), report.GetProperty("raters")[0].GetProperty("state").GetString()));
        Assert.Equal(7, report.GetProperty("options").GetProperty("account_age_days").GetInt32());

        await File.WriteAllTextAsync(controls, """{"prompt":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}],"chosen":"4","rejected":"Fish"}""");
        Assert.Contains("prompt of 3 turns", await RefusedAsync(ExitCode.Failure, "feedback", "plant", controls), StringComparison.Ordinal);
        Assert.Contains("Nothing was planted", await RefusedAsync(ExitCode.Failure, "feedback", "plant", Path.Combine(program.Folder, "none.jsonl")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_key_is_written_beside_the_database()
    {
        await program.ChatAsync("hi\n/up\n");
        string file = StoreKey.FileBeside(program.Feedback), before = await File.ReadAllTextAsync(file);
        Assert.Contains(file, await OutputAsync("feedback", "rotate-key"), StringComparison.Ordinal);
        Assert.NotEqual(before, await File.ReadAllTextAsync(file));
        Assert.False(File.Exists(StoreKey.WaitingBeside(program.Feedback)));
        Assert.Contains("> hi", await OutputAsync("feedback", "show"), StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, before);
        Assert.Contains("does not open this store", await RefusedAsync(ExitCode.Failure, "feedback", "show"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("there is no feedback at", ExitCode.Failure, "stats")]
    [InlineData("does not exist", ExitCode.Failure, "import", "/nowhere/at/all")]
    [InlineData("0 of --exchange", ExitCode.Usage, "forget")]
    [InlineData("2 of --exchange", ExitCode.Usage, "forget", "--user", "a:1", "--person", "x")]
    [InlineData("--from is \"soon\"", ExitCode.Usage, "stats", "--from", "soon")]
    public async Task Command_lines_that_cannot_work_are_explained(string message, int exitCode, params string[] args) =>
        Assert.Contains(message, await RefusedAsync(exitCode, ["feedback", .. args]), StringComparison.Ordinal);

    [Fact]
    public async Task A_question_opens_no_store()
    {
        await OutputAsync("ask", "hi");
        Assert.False(Directory.Exists(Path.GetDirectoryName(program.Feedback)));
    }

    private async Task<string> OutputAsync(params string[] args)
    {
        program.Terminal = new FakeTerminal { Input = new StringReader("") };
        int code = await program.RunAsync(args);
        Assert.True(code == ExitCode.Ok, program.Errors);
        return program.Output;
    }

    private async Task<string> RefusedAsync(int exitCode, params string[] args)
    {
        program.Terminal = new FakeTerminal { Input = new StringReader("") };
        Assert.Equal(exitCode, await program.RunAsync(args));
        return program.Errors;
    }
}
