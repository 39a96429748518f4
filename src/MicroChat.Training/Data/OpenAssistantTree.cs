using System.Text.Json;
using MicroChat.Model.Templates;

namespace MicroChat.Training.Data;

/// <summary>A message of an OpenAssistant tree with the messages below it. Source: Köpf et al. 2023 (arXiv:2304.07327).</summary>
internal sealed class OpenAssistantMessage
{
    public required string? Id { get; init; }

    public required string? ParentId { get; init; }

    public required string? TreeId { get; init; }

    public required ChatTurn Turn { get; init; }

    public required int? Rank { get; init; }

    /// <summary>Whether the filters let the message through.</summary>
    public required bool Taken { get; init; }

    public List<OpenAssistantMessage> Replies { get; } = [];

    /// <summary>The replies that may be used, best rank first, then those without a rank as they came.</summary>
    public IEnumerable<OpenAssistantMessage> TakenReplies => Replies.Where(reply => reply.Taken).OrderBy(reply => reply.Rank ?? int.MaxValue);

    /// <summary>Reads a message and all below it.</summary>
    public static OpenAssistantMessage Parse(JsonElement row, string path, OpenAssistantOptions options)
    {
        string role = RowFields.Text(row, "role", $"{path}role");
        string text = RowFields.Text(row, "text", $"{path}text");
        bool taken = Passes(row, path, options);
        var message = new OpenAssistantMessage
        {
            Id = RowFields.OptionalText(row, "message_id"),
            ParentId = RowFields.OptionalText(row, "parent_id"),
            TreeId = RowFields.OptionalText(row, "message_tree_id"),
            Turn = new ChatTurn(Role(role, path), taken ? RowFields.Filled(text, $"{path}text") : text),
            Rank = RowFields.OptionalNumber(row, "rank", $"{path}rank"),
            Taken = taken,
        };
        if (row.TryGetProperty("replies", out JsonElement replies) && replies.ValueKind != JsonValueKind.Null)
        {
            replies = RowFields.Required(row, "replies", $"{path}replies", JsonValueKind.Array);
            for (int i = 0; i < replies.GetArrayLength(); i++)
            {
                message.Add(Parse(replies[i], $"{path}replies[{i}].", options), $"{path}replies[{i}].role");
            }
        }
        return message;
    }

    /// <summary>Hangs a reply below this message.</summary>
    public void Add(OpenAssistantMessage reply, string path)
    {
        if (reply.Turn.Role == Turn.Role)
        {
            throw new RowException(path, $"the {reply.Turn.Role} answers the {Turn.Role}", "roles that take turns", "Remove the reply.");
        }
        Replies.Add(reply);
    }

    /// <summary>The root of a tree, which must be a prompt.</summary>
    public OpenAssistantMessage AsRoot(string path) => Turn.Role == TurnFields.User ? this
        : throw new RowException(path, "the first message is the assistant's", "a prompter's", "Remove the tree.");

    private static string Role(string role, string path) => role switch
    {
        "prompter" => TurnFields.User,
        "assistant" => TurnFields.Assistant,
        _ => throw new RowException($"{path}role", $"found {DatasetException.Show(role)}", "prompter or assistant", "Repair the row."),
    };

    private static bool Passes(JsonElement row, string path, OpenAssistantOptions options)
    {
        bool deleted = RowFields.OptionalBool(row, "deleted", $"{path}deleted") ?? false;
        bool synthetic = RowFields.OptionalBool(row, "synthetic", $"{path}synthetic") ?? false;
        bool? review = RowFields.OptionalBool(row, "review_result", $"{path}review_result");
        bool reviewed = review ?? (options.AcceptUnreviewed || !row.TryGetProperty("review_result", out _));
        string? language = RowFields.OptionalText(row, "lang");
        return !deleted && reviewed && (!synthetic || options.AcceptSynthetic)
            && (options.Language is null || language is null || language == options.Language);
    }
}

/// <summary>What a tree teaches: conversations along its best paths, and rankings of sibling replies. Walks without recursion.</summary>
internal static class OpenAssistantTree
{
    /// <summary>Paths from the root to an assistant's last word, best-ranked replies first at every fork.</summary>
    public static IEnumerable<List<ChatTurn>> Paths(OpenAssistantMessage root)
    {
        var path = new List<ChatTurn>();
        var open = new Stack<(int Rounds, OpenAssistantMessage User, OpenAssistantMessage Assistant)>();
        PushAnswers(open, 0, [root]);
        while (open.TryPop(out (int Rounds, OpenAssistantMessage User, OpenAssistantMessage Assistant) round))
        {
            path.RemoveRange(2 * round.Rounds, path.Count - 2 * round.Rounds);
            path.Add(round.User.Turn);
            path.Add(round.Assistant.Turn);
            int before = open.Count;
            PushAnswers(open, round.Rounds + 1, round.Assistant.TakenReplies);
            if (open.Count == before)
            {
                yield return [.. path];
            }
        }
    }

    /// <summary>Every prompt with two or more ranked replies.</summary>
    public static IEnumerable<(List<ChatTurn> Prompt, List<RankedReply> Replies)> Rankings(OpenAssistantMessage root)
    {
        var path = new List<ChatTurn>();
        var open = new Stack<(int Depth, OpenAssistantMessage Message)>();
        if (root.Taken)
        {
            open.Push((0, root));
        }
        while (open.TryPop(out (int Depth, OpenAssistantMessage Message) at))
        {
            path.RemoveRange(at.Depth, path.Count - at.Depth);
            path.Add(at.Message.Turn);
            List<OpenAssistantMessage> replies = [.. at.Message.TakenReplies];
            List<RankedReply> ranked = [.. replies.Where(reply => reply.Rank is not null).Select(reply => new RankedReply(reply.Turn.Content, reply.Rank!.Value))];
            if (at.Message.Turn.Role == TurnFields.User && ranked.Count > 1)
            {
                yield return ([.. path], ranked);
            }
            for (int i = replies.Count - 1; i >= 0; i--)
            {
                open.Push((at.Depth + 1, replies[i]));
            }
        }
    }

    private static void PushAnswers(Stack<(int, OpenAssistantMessage, OpenAssistantMessage)> open, int rounds, IEnumerable<OpenAssistantMessage> prompts)
    {
        foreach (OpenAssistantMessage prompt in prompts.Where(prompt => prompt.Taken).Reverse())
        {
            foreach (OpenAssistantMessage answer in prompt.TakenReplies.Reverse())
            {
                open.Push((rounds, prompt, answer));
            }
        }
    }
}
