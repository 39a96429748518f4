using System.Text.Json;
using MicroChat.Dialog;
using MicroChat.Feedback;
using MicroChat.Feedback.Security;
using MicroChat.Feedback.Sqlite;

namespace MicroChat.Tests.Program;

public sealed class ChatTests : IDisposable
{
    private readonly Harness program = new();

    public void Dispose() => program.Dispose();

    [Fact]
    public async Task Redirected_input_is_one_message_per_line_with_a_history()
    {
        Assert.Equal(ExitCode.Ok, await program.ChatAsync("hi\r\n\nsecond\n//slash\nlast"));
        Assert.Equal("echo: hi\necho: second\necho: /slash\necho: last\n", program.Output);
        Assert.Equal([1, 3, 5, 7], program.Generator.Requests.Select(r => r.Turns.Count));
        Assert.Empty(program.Errors);
    }

    [Fact]
    public async Task Dropped_exchanges_are_reported()
    {
        program.Generator = new() { ContextTokens = 12 };      // 9 for the prompt
        Assert.Equal(ExitCode.Ok, await program.ChatAsync("a b\nc d\ne f\n"));
        Assert.Contains("the oldest exchange left the prompt", program.Errors, StringComparison.Ordinal);
        Assert.Equal(3, program.Generator.Requests[^1].Turns.Count);
    }

    [Fact]
    public async Task Ratings_go_to_the_store_with_the_conversation_before_them()
    {
        await program.ChatAsync("/system be kind\nhi\n/up\nmore\n/down\n/reset\nanew\n/up\n/down\nunrated\n");
        IReadOnlyList<RatedExchange> rows = await RatedAsync(program.Feedback);
        Assert.Equal(["anew", "more", "hi"], rows.Select(row => row.Exchange.Prompt));
        Assert.Equal([-1, -1, 1], rows.Select(row => Assert.Single(row.Ratings).Value));
        (ExchangeRecord anew, ExchangeRecord more, ExchangeRecord hi) = (rows[0].Exchange, rows[1].Exchange, rows[2].Exchange);
        Assert.Equal(("be kind", "echo: hi", "fake-1", Platforms.Terminal), (hi.SystemPrompt, hi.Reply!.Text, hi.ModelVersion, hi.Place.Platform));
        Assert.Equal((hi.Id, hi.Conversation, 1), (more.Parent, more.Conversation, more.EarlierInPrompt));
        Assert.NotEqual(hi.Conversation, anew.Conversation);
        Assert.All(rows, row => Assert.True(row.Ratings[0].IsByAsker));

        string other = Path.Combine(program.Folder, "deep", "ratings.db");
        await program.ChatAsync("hi\n/up\n", "--database", other);
        Assert.Single(await RatedAsync(other));
        Assert.Equal(3, (await RatedAsync(program.Feedback)).Count);
    }

    [Fact]
    public async Task A_conversation_that_is_not_rated_leaves_no_trace()
    {
        await program.ChatAsync("hi\n");
        Assert.False(File.Exists(program.Feedback));
    }

    [Fact]
    public async Task A_store_that_cannot_be_opened_does_not_end_the_conversation()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(program.Feedback)!);
        await File.WriteAllTextAsync(program.Feedback, new string('x', 4_096));
        await File.WriteAllTextAsync(Path.ChangeExtension(program.Feedback, ".key"), Convert.ToBase64String(new byte[32]));
        Assert.Equal(ExitCode.Failure, await program.ChatAsync("hi\n/up\nstill here\n"));
        Assert.Contains("this is no SQLite database", program.Errors, StringComparison.Ordinal);
        Assert.Contains("echo: still here", program.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_change_what_the_model_gets()
    {
        await program.ChatAsync("/temperature 0.25\n/top-p 0.5\n/top-k 7\n/max-tokens 5\n/seed 40\n/system be kind\na\n/retry\n/seed off\n/system off\nb\n");
        var requests = program.Generator.Requests;
        Assert.Equal((0.25, 0.5, 7, 5), (requests[0].Sampling.Temperature, requests[0].Sampling.TopP, requests[0].Sampling.TopK, requests[0].Sampling.MaxReplyTokens));
        Assert.Equal([40L, 41L, 1234L], requests.Select(r => r.Sampling.Seed!.Value));
        Assert.Equal("be kind", requests[0].Turns[0].Content);
        Assert.Equal("user", requests[2].Turns[0].Role);
    }

    [Fact]
    public async Task Retry_undo_and_reset_change_the_history()
    {
        await program.ChatAsync("a\nb\n/retry\n/undo\nc\n/reset\nd\n");
        Assert.Equal([1, 3, 3, 3, 1], program.Generator.Requests.Select(r => r.Turns.Count));
        Assert.Contains("Took back: b", program.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/tempersture 1", "Did you mean \"/temperature\"?")]
    [InlineData("/xyzzyplugh", "there is no command /xyzzyplugh. /help lists them")]
    [InlineData("/temperature hot", "needs a number, not \"hot\"; it is still 0.5")]
    [InlineData("/temperature -1", "Temperature is -1")]
    [InlineData("/top-k 1.5", "no whole number")]
    [InlineData("/seed x", "/seed needs a whole number")]
    [InlineData("/up", "no reply to rate yet")]
    [InlineData("/retry", "no reply to retry yet")]
    [InlineData("/undo", "nothing to take back")]
    [InlineData("/reset now", "takes nothing after it")]
    [InlineData("/save", "/save needs a file name")]
    public async Task A_command_that_cannot_work_says_so_and_the_conversation_goes_on(string command, string wanted)
    {
        Assert.Equal(ExitCode.Failure, await program.ChatAsync($"{command}\nhi\n"));
        Assert.Contains(wanted, program.Errors, StringComparison.Ordinal);
        Assert.Equal("echo: hi\n", program.Output);
        Assert.Equal(0.5, program.Generator.Requests[0].Sampling.Temperature);
    }

    [Fact]
    public async Task Save_writes_the_chat_format_and_never_overwrites()
    {
        string file = Path.Combine(program.Folder, "talk.jsonl");
        await program.ChatAsync($"/system be kind\nhi\n/save {file}\n/save {file}\n");
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(file));
        Assert.Equal(["system: be kind", "user: hi", "assistant: echo: hi"], json.RootElement.GetProperty("messages").EnumerateArray()
            .Select(m => $"{m.GetProperty("role").GetString()}: {m.GetProperty("content").GetString()}"));
        Assert.Contains("exists already", program.Errors, StringComparison.Ordinal);
        await program.ChatAsync($"hi\n/save {Path.Combine(file, "below-a-file.jsonl")}\nstill here\n");
        Assert.EndsWith("echo: still here\n", program.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_lists_every_command_and_stats_shows_the_last_reply()
    {
        await program.ChatAsync("/help\nhi\n/stats\n/exit\nnever\n");
        Assert.All(ChatCommands.All, c => Assert.Contains($"/{c.Name} ", program.Output, StringComparison.Ordinal));
        Assert.Contains("1 + 3 tokens", program.Output, StringComparison.Ordinal);
        Assert.Single(program.Generator.Requests);
    }

    [Fact]
    public async Task A_message_that_is_too_long_does_not_end_the_conversation()
    {
        Assert.Equal(ExitCode.Failure, await program.ChatAsync($"{new string('x', 1_100_000)}\n{string.Join(' ', Enumerable.Repeat("w", 2_000))}\nhi\n"));
        Assert.Equal("echo: hi\n", program.Output);
        Assert.Equal(2, program.Errors.Trim().Split('\n').Length);
    }

    [Fact]
    public async Task In_a_terminal_control_C_stops_the_reply_and_then_the_program()
    {
        program.Terminal = new FakeTerminal { IsInteractive = true }.Type("one two three\n")
            .Press(ConsoleKey.C, control: true).Press(ConsoleKey.C, control: true);
        program.Generator.BeforeWord = said => { if (said == 2) { program.Terminal.Interrupt(); } };
        Assert.Equal(ExitCode.Ok, await program.RunAsync());
        Assert.Contains("echo: one", program.Output, StringComparison.Ordinal);
        Assert.Contains("Stopped; what was said stays", program.Output, StringComparison.Ordinal);
        Assert.Contains("Ctrl-C once more", program.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reply_cannot_send_escape_sequences_to_the_terminal()
    {
        program.Terminal = new FakeTerminal { IsInteractive = true }.Type("\u001b[200~a\u001b]0;b\u001b[201~\n/exit\n");
        await program.RunAsync("chat");
        Assert.Contains("echo: a\uFFFD]0;b", program.Output, StringComparison.Ordinal);
    }

    private static async Task<IReadOnlyList<RatedExchange>> RatedAsync(string path)
    {
        await using var store = SqliteFeedbackStore.Open(new SqliteFeedbackOptions { Path = path }, StoreKey.Find(null, path), TimeProvider.System);
        return (await store.FindAsync(new FeedbackQuery(), default)).Items;
    }
}
