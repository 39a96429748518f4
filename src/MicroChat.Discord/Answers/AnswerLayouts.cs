using MicroChat.Discord.Port;
using MicroChat.Discord.Text;

namespace MicroChat.Discord.Answers;

/// <summary>How finished answers look.</summary>
/// <param name="question">What is answered.</param>
/// <param name="dropped">Earlier exchanges that no longer fitted into the prompt.</param>
/// <param name="mostMessages">More become a file.</param>
internal sealed class AnswerLayouts(Question question, int dropped, int mostMessages)
{
    private static readonly string[] s_names = ["A", "B"];

    /// <summary>One answer.</summary>
    public AnswerView Single(AnswerStream stream, IReadOnlyList<ComponentRow> rows, Func<string> newErrorId)
    {
        AnswerLayout layout = AnswerLayout.Of(stream.Text.TrimEnd() + Ending(stream, newErrorId) + Notes(), OutgoingMessage.LongestContent, mostMessages);
        return new AnswerView(layout.Messages, rows, layout.File);
    }

    /// <summary>Two answers in the order in which they are to be compared, or could not be.</summary>
    public AnswerView Pair(IReadOnlyList<AnswerStream> ordered, IReadOnlyList<ComponentRow> rows, bool isComparison, Func<string> newErrorId)
    {
        AnswerView view = Growing([.. ordered.Select(stream => stream.Text.TrimEnd() + Ending(stream, newErrorId))]);
        string[] contents = [.. view.Contents];
        if (isComparison && contents[^1].Length + 40 < OutgoingMessage.LongestContent)
        {
            contents[^1] += "\n-# Which one is better?";
        }
        return new AnswerView(contents, rows, view.File);
    }

    /// <summary>Texts that are not finished: one answer, or two with their names above them.</summary>
    public AnswerView Growing(IReadOnlyList<string> texts)
    {
        if (texts is [var only])
        {
            AnswerLayout layout = AnswerLayout.Of(only, OutgoingMessage.LongestContent, mostMessages);
            return new AnswerView(layout.Messages, [], null);
        }
        var contents = new List<string>();
        string? file = null;
        int each = Math.Max(1, mostMessages / 2);
        foreach ((int index, string text) in texts.Index())
        {
            string head = index == 0 && question.Origin == MicroChat.Feedback.PromptOrigin.OperatorBank ? $"> {Short(question.Text)}\n" : "";
            AnswerLayout layout = AnswerLayout.Of($"{head}**Answer {s_names[index]}**\n{text}", OutgoingMessage.LongestContent, each);
            contents.AddRange(layout.Messages);
            file = layout.File is null ? file : $"{file}# Answer {s_names[index]}\n\n{text}\n\n";
        }
        return new AnswerView(contents, [], file);
    }

    /// <summary>What is said below an answer that did not end by itself.</summary>
    private static string Ending(AnswerStream stream, Func<string> newErrorId) => (stream.Failure, stream.Finish) switch
    {
        (OperationCanceledException, _) => "\n-# Stopped.",
        (not null, _) => $"\n-# It broke off here (error {newErrorId()}).",
        (_, Chat.ReplyFinish.Interrupted) => "\n-# Interrupted.",
        (_, Chat.ReplyFinish.Length) => "\n-# Cut at my longest reply.",
        _ => "",
    };

    private static string Short(string text)
    {
        string line = text.ReplaceLineEndings(" ");
        return line.Length <= 500 ? line : line[..(char.IsHighSurrogate(line[499]) ? 499 : 500)] + "…";
    }

    private string Notes()
    {
        string left = dropped > 0 ? $"\n-# The oldest {(dropped == 1 ? "exchange" : $"{dropped} exchanges")} of our conversation no longer fit and {(dropped == 1 ? "was" : "were")} left out." : "";
        return question.Notice.Length > 0 ? $"{left}\n-# {question.Notice}" : left;
    }
}
