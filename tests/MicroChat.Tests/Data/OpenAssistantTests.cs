using MicroChat.Training.Data;

namespace MicroChat.Tests.Data;

public sealed class OpenAssistantTests : IDisposable
{
    private readonly DataFiles _files = new();

    private static string Message(string id, string? parent, string role, int? rank, string replies, string more = "") =>
        $$"""{"message_id": "{{id}}", "parent_id": {{(parent is null ? "null" : $"\"{parent}\"")}}, "text": "{{id}}", "role": "{{role}}", "lang": "en", "review_result": true, "deleted": false, "rank": {{rank?.ToString() ?? "null"}}{{more}}, "replies": [{{replies}}]}""";

    private static string Tree(string prompt) => $$"""{"message_tree_id": "p", "tree_state": "ready_for_export", "prompt": {{prompt}}}""";

    /// <summary>p answered by a (rank 1), b (rank 0), c (rank 2, deleted); b asked on by q, answered by d; a asked on by r, not answered.</summary>
    private static string[] Rows(string deleted) =>
    [
        Message("p", null, "prompter", null, ""), Message("a", "p", "assistant", 1, ""), Message("r", "a", "prompter", null, ""), Message("b", "p", "assistant", 0, ""),
        Message("d", "q", "assistant", null, ""), Message("q", "b", "prompter", null, ""), Message("c", "p", "assistant", 2, "").Replace("\"deleted\": false", deleted),
    ];

    private static string Nested(string deleted)
    {
        string a = Message("a", "p", "assistant", 1, Message("r", "a", "prompter", null, ""));
        string b = Message("b", "p", "assistant", 0, Message("q", "b", "prompter", null, Message("d", "q", "assistant", null, "")));
        string c = Message("c", "p", "assistant", 2, "").Replace("\"deleted\": false", deleted);
        return Message("p", null, "prompter", null, $"{a}, {b}, {c}");
    }

    public static TheoryData<string> Layouts(string deleted) => [Tree(Nested(deleted)), Nested(deleted), string.Join('\n', Rows(deleted))];

    [Theory]
    [MemberData(nameof(Layouts), "\"deleted\": true")]
    [MemberData(nameof(Layouts), "\"deleted\": false, \"synthetic\": true")]
    public void The_best_path_follows_the_ranks_in_every_layout(string file)
    {
        var options = new DatasetOptions { OpenAssistant = new OpenAssistantOptions { AcceptSynthetic = false } };
        string path = _files.Write("a.jsonl", file);
        Conversation best = Assert.Single(Datasets.Conversations(path, options, new RowReport()));
        Assert.Equal("p b q d", Words(best));
        options = options with { OpenAssistant = options.OpenAssistant with { PathsPerTree = 9 } };
        Assert.Equal(["p b q d", "p a"], Datasets.Conversations(path, options, new RowReport()).Select(Words));
        PreferenceRanking ranking = Assert.Single(Datasets.Rankings(path, options, new RowReport()));
        Assert.Equal([new RankedReply("b", 0), new RankedReply("a", 1)], ranking.Replies);
        PreferencePair pair = Assert.Single(Datasets.Preferences(path, options, new RowReport()));
        Assert.Equal(("b", "a"), (pair.Chosen, pair.Rejected));
    }

    [Theory]
    [InlineData("\"lang\": \"en\"", "\"lang\": \"de\"", 0)]
    [InlineData("\"review_result\": true", "\"review_result\": false", 0)]
    [InlineData("\"review_result\": true", "\"review_result\": null", 0)]
    [InlineData("\"review_result\": true, ", "", 1)]
    [InlineData("\"lang\": \"en\"", "\"lang\": \"en\"", 1)]
    public void Filters_take_everything_below_along(string field, string becomes, int conversations)
    {
        string prompt = Message("p", null, "prompter", null, Message("a", "p", "assistant", 0, "")).Replace(field, becomes);
        string path = _files.Write("a.jsonl", Tree(prompt));
        Assert.Equal(conversations, Datasets.Conversations(path, new DatasetOptions(), new RowReport()).Count());
        Assert.Equal(conversations, Datasets.Prompts(path, new DatasetOptions(), new RowReport()).Count());
    }

    [Fact]
    public void All_pairs_of_a_ranking_are_made_but_no_ties()
    {
        string replies = string.Join(", ", Message("a", "p", "assistant", 2, ""), Message("b", "p", "assistant", 0, ""), Message("c", "p", "assistant", 2, ""), Message("n", "p", "assistant", null, ""));
        string path = _files.Write("a.jsonl", Tree(Message("p", null, "prompter", null, replies)));
        Assert.Equal([("b", "a"), ("b", "c")], Datasets.Preferences(path, new DatasetOptions(), new RowReport()).Select(pair => (pair.Chosen, pair.Rejected)));
    }

    [Fact]
    public void Bad_trees_name_line_and_field()
    {
        DatasetException e = Fails(Tree(Message("p", null, "prompter", null, Message("a", "p", "assistant", null, Message("b", "a", "assistant", 0, "")))));
        Assert.Equal((1L, "prompt.replies[0].replies[0].role"), (e.Line, e.Field));
        e = Fails(Tree(Message("p", null, "assistant", null, "")));
        Assert.Equal("prompt.role", e.Field);
        e = Fails(Tree(Message("p", null, "prompter", null, Message("a", "p", "assistant", null, "").Replace("\"text\": \"a\"", "\"text\": \"\""))));
        Assert.Equal("prompt.replies[0].text", e.Field);
        e = Fails(Message("p", null, "prompter", null, "") + "\n" + Message("a", "x", "assistant", null, ""));
        Assert.Equal((2L, "parent_id"), (e.Line, e.Field));
        Assert.Contains("\"x\"", e.Message);
        e = Fails(Message("p", null, "prompter", null, "") + "\n" + Message("a", "a", "assistant", null, ""));
        Assert.Equal((2L, "parent_id"), (e.Line, e.Field));
    }

    [Fact]
    public void A_circle_of_parents_reaches_no_root_and_yields_nothing()
    {
        string[] rows = [Message("p", null, "prompter", null, ""), Message("a", "b", "assistant", null, ""), Message("b", "a", "prompter", null, ""), Message("c", "p", "assistant", 0, "")];
        Conversation read = Assert.Single(Datasets.Conversations(_files.Write("a.jsonl", string.Join('\n', rows)), new DatasetOptions(), new RowReport()));
        Assert.Equal("p c", Words(read));
    }

    private DatasetException Fails(string file) =>
        Assert.Throws<DatasetException>(() => Datasets.Conversations(_files.Write("a.jsonl", file), new DatasetOptions(), new RowReport()).Count());

    private static string Words(Conversation conversation) => string.Join(' ', conversation.Turns.Select(turn => turn.Content));

    public void Dispose() => _files.Dispose();
}
