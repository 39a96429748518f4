using System.Text.Json;
using MicroChat.Model.Templates;

namespace MicroChat.Training.Data;

/// <summary>One function per layout of judged replies: a JSON row in, a pair, ranking or thumb out.</summary>
internal static class PreferenceParsers
{
    private const string Human = "\n\nHuman:", Bot = "\n\nAssistant:";

    public static PreferencePair Preference(RowSource rows, JsonElement row)
    {
        (string source, string license) = rows.Origin(row, null, null);
        if (row.TryGetProperty("prompt", out _))
        {
            return Judged(row, Differing(new PreferencePair(source, license, TurnFields.PromptTextOrTurns(row, "prompt"),
                TurnFields.ReplyTextOrTurn(row, "chosen"), TurnFields.ReplyTextOrTurn(row, "rejected"))));
        }
        return Judged(row, SharedPrompt(source, license, TurnFields.Parse(row, "chosen", "role", "content"), TurnFields.Parse(row, "rejected", "role", "content")));
    }

    public static PreferencePair HelpfulHarmless(RowSource rows, JsonElement row)
    {
        (string source, string license) = rows.Origin(row, "Anthropic HH-RLHF", "MIT");
        return SharedPrompt(source, license, Transcript(row, "chosen"), Transcript(row, "rejected"));
    }

    public static PreferenceRanking Ranking(RowSource rows, JsonElement row)
    {
        (string source, string license) = rows.Origin(row, null, null);
        List<ChatTurn> prompt = TurnFields.PromptTextOrTurns(row, "prompt");
        var replies = new List<RankedReply>();
        foreach (JsonElement reply in RowFields.Required(row, "replies", "replies", JsonValueKind.Array).EnumerateArray())
        {
            string path = $"replies[{replies.Count}]";
            string text = RowFields.FilledText(reply, "content", $"{path}.content");
            int rank = RowFields.OptionalNumber(reply, "rank", $"{path}.rank")
                ?? throw new RowException($"{path}.rank", "not there", "a whole number, 0 for the best", "Add the rank, or remove the reply.");
            if (replies.Any(other => other.Text == text))
            {
                throw new RowException(path, "equal to an earlier reply", "different replies", "Remove one of them.");
            }
            replies.Add(new RankedReply(text, rank));
        }
        return replies.Count >= 2 ? new PreferenceRanking(source, license, prompt, [.. replies.OrderBy(reply => reply.Rank)])
        {
            Rater = RowFields.OptionalText(row, "rater"), Weight = Weight(row),
        }
            : throw new RowException("replies", $"a list of {replies.Count}", "two or more replies", "Remove the row.");
    }

    public static RatedReply Thumb(RowSource rows, JsonElement row)
    {
        (string source, string license) = rows.Origin(row, null, null);
        return new RatedReply(source, license, TurnFields.PromptTextOrTurns(row, "prompt"), TurnFields.ReplyTextOrTurn(row, "completion"), Label(row))
        {
            Rater = RowFields.OptionalText(row, "rater"), Weight = Weight(row),
        };
    }

    private static double Weight(JsonElement row) => RowFields.OptionalReal(row, "weight", "weight") switch
    {
        null => 1,
        > 0 and var weight => weight,
        var other => throw new RowException("weight", $"found {other}", "a number above 0", "Remove the row, or give it a weight."),
    };

    private static double Label(JsonElement row) => row.GetProperty("label").ValueKind switch
    {
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        JsonValueKind.Number when row.GetProperty("label").TryGetDouble(out double share) && share is >= 0 and <= 1 => share,
        _ => throw new RowException("label", $"found {RowFields.Show(row.GetProperty("label"))}", "true, false, or a share of thumbs up from 0 to 1", "Repair the row."),
    };

    /// <summary>The pair with the row's own margin and probability, where it gives them.</summary>
    private static PreferencePair Judged(JsonElement row, PreferencePair pair)
    {
        double margin = RowFields.OptionalReal(row, "margin", "margin") ?? 0, probability = RowFields.OptionalReal(row, "probability", "probability") ?? 1;
        if (margin < 0)
        {
            throw new RowException("margin", $"found {margin}", "0 or more", "Swap the replies if the other one is better.");
        }
        return probability is >= 0 and <= 1
            ? pair with { Margin = margin, Probability = probability, Rater = RowFields.OptionalText(row, "rater"), Weight = Weight(row) }
            : throw new RowException("probability", $"found {probability}", "from 0 to 1", "Repair the row.");
    }

    /// <summary>Whether a text is a transcript in Anthropic's layout.</summary>
    public static bool IsTranscript(string text) => text.TrimStart().StartsWith(Human.TrimStart(), StringComparison.Ordinal);

    private static PreferencePair SharedPrompt(string source, string license, List<ChatTurn> chosen, List<ChatTurn> rejected)
    {
        TurnFields.Prompt(chosen[..^Math.Min(1, chosen.Count)], "chosen");
        int last = chosen.Count - 1;
        if (rejected.Count != chosen.Count || !chosen[..last].SequenceEqual(rejected[..last]))
        {
            throw new RowException("rejected", "its turns before the last one differ from those of \"chosen\"", "the same prompt in both", "Remove the row.");
        }
        foreach ((ChatTurn turn, string field) in new[] { (chosen[last], "chosen"), (rejected[last], "rejected") })
        {
            if (turn.Role != TurnFields.Assistant)
            {
                throw new RowException(field, $"the last turn is the {turn.Role}'s", "the assistant's", "Remove the row.");
            }
        }
        return Differing(new PreferencePair(source, license, chosen[..last], chosen[last].Content, rejected[last].Content));
    }

    private static PreferencePair Differing(PreferencePair pair) => pair.Chosen != pair.Rejected ? pair
        : throw new RowException("rejected", "equal to \"chosen\"", "two different replies", "Remove the row.");

    private static List<ChatTurn> Transcript(JsonElement row, string field)
    {
        string text = "\n\n" + RowFields.FilledText(row, field, field).TrimStart().ReplaceLineEndings("\n");
        var turns = new List<ChatTurn>();
        for (int at = 0; at < text.Length;)
        {
            string? marker = Marker(text, at) ?? throw new RowException(field, $"begins with {DatasetException.Show(text[2..])}", "\"Human:\"", "Repair the transcript.");
            int start = at + marker.Length;
            at = Next(text, start);
            string path = $"{field} (turn {turns.Count + 1})";
            turns.Add(new ChatTurn(marker == Human ? TurnFields.User : TurnFields.Assistant, RowFields.Filled(text[start..at].Trim(), path)));
        }
        return turns;
    }

    private static string? Marker(string text, int at) =>
        string.CompareOrdinal(text, at, Human, 0, Human.Length) == 0 ? Human
        : string.CompareOrdinal(text, at, Bot, 0, Bot.Length) == 0 ? Bot : null;

    private static int Next(string text, int start)
    {
        int human = text.IndexOf(Human, start, StringComparison.Ordinal), bot = text.IndexOf(Bot, start, StringComparison.Ordinal);
        return Math.Min(human < 0 ? text.Length : human, bot < 0 ? text.Length : bot);
    }
}
