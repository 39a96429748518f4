using System.Text.Json;

namespace MicroChat.Training.Data;

/// <summary>The trees of an OpenAssistant file in either layout: a tree per row, or a message per row that names its parent.</summary>
internal static class OpenAssistantRows
{
    /// <summary>Most messages of one tree kept in memory; real trees have at most some hundred.</summary>
    private const int MaxTreeMessages = 10_000;

    /// <summary>A tree per row.</summary>
    public static IEnumerable<OpenAssistantMessage> Trees(RowSource rows, OpenAssistantOptions options) =>
        rows.Read(row =>
        {
            JsonElement prompt = RowFields.Required(row, "prompt", "prompt", JsonValueKind.Object);
            return OpenAssistantMessage.Parse(prompt, "prompt.", options).AsRoot("prompt.role");
        }).Select(row => row.Item);

    /// <summary>
    /// A message per row, its replies nested or in other rows with its id as parent. Rows of a tree must lie together, in any order;
    /// a tree ends where message_tree_id changes, or where the next message without a parent comes when rows name no tree.
    /// </summary>
    public static IEnumerable<OpenAssistantMessage> Messages(RowSource rows, OpenAssistantOptions options)
    {
        var group = new List<(long Line, OpenAssistantMessage Message)>();
        foreach ((long Line, OpenAssistantMessage Message) row in rows.Read(row => OpenAssistantMessage.Parse(row, "", options)))
        {
            if (group.Count > 0 && StartsTree(group[0].Message, row.Message))
            {
                foreach (OpenAssistantMessage root in Link(rows, group))
                {
                    yield return root;
                }
                group.Clear();
            }
            if (group.Count < MaxTreeMessages)
            {
                group.Add(row);
                continue;
            }
            rows.Bad(row.Line, new RowException("message_tree_id", $"the tree has more than {MaxTreeMessages} messages", "fewer", "Sort the file by message_tree_id, roots first."));
        }
        foreach (OpenAssistantMessage root in Link(rows, group))
        {
            yield return root;
        }
    }

    private static bool StartsTree(OpenAssistantMessage first, OpenAssistantMessage next) =>
        next.TreeId is null || first.TreeId is null ? next.ParentId is null : next.TreeId != first.TreeId;

    private static List<OpenAssistantMessage> Link(RowSource rows, List<(long Line, OpenAssistantMessage Message)> group)
    {
        var byId = new Dictionary<string, OpenAssistantMessage>();
        var open = new Stack<OpenAssistantMessage>(group.Select(row => row.Message));
        while (open.TryPop(out OpenAssistantMessage? message))
        {
            if (message.Id is not null)
            {
                byId[message.Id] = message;
            }
            message.Replies.ForEach(open.Push);
        }
        var roots = new List<OpenAssistantMessage>();
        foreach ((long line, OpenAssistantMessage message) in group)
        {
            try
            {
                Hang(message, byId, roots);
            }
            catch (RowException e)
            {
                rows.Bad(line, e);
            }
        }
        return roots;
    }

    private static void Hang(OpenAssistantMessage message, Dictionary<string, OpenAssistantMessage> byId, List<OpenAssistantMessage> roots)
    {
        if (message.ParentId is null)
        {
            roots.Add(message.AsRoot("role"));
            return;
        }
        if (!byId.TryGetValue(message.ParentId, out OpenAssistantMessage? parent) || ReferenceEquals(parent, message))
        {
            throw new RowException("parent_id", $"found {DatasetException.Show(message.ParentId)}, which no other message of the tree has as its message_id",
                "the id of a message of the same tree", "Sort the file by message_tree_id, roots first, or remove the row.");
        }
        parent.Add(message, "role");
    }
}
