using MicroChat.Discord.Port;
using MicroChat.Discord.Text;

namespace MicroChat.Discord.Answers;

/// <summary>How finished answers look.</summary>
/// <param name="question">What is answered.</param>
/// <param name="dropped">Earlier exchanges that no longer fitted into the prompt.</param>
/// <param name="mostMessages">More become a file.</param>
internal sealed class AnswerLayouts(Question question, int dropped, int mostMessages)
{
    /// <summary>One answer.</summary>
    public AnswerView Single(AnswerStream stream, IReadOnlyList<ComponentRow> rows, Func<string> newErrorId)
    {
        string note = (stream.Failure, stream.Finish) switch
        {
            (OperationCanceledException, _) => "\n-# Stopped.",
            (not null, _) => $"\n-# It broke off here (error {newErrorId()}).",
            (_, Chat.ReplyFinish.Interrupted) => "\n-# Interrupted.",
            (_, Chat.ReplyFinish.Length) => "\n-# Cut at my longest reply.",
            _ => "",
        };
        AnswerLayout layout = AnswerLayout.Of(stream.Text.TrimEnd() + note + Notes(), OutgoingMessage.LongestContent, mostMessages);
        return new AnswerView(layout.Messages, rows, layout.File);
    }

    /// <summary>Two answers in the order in which they are to be compared.</summary>
    public AnswerView Pair(IReadOnlyList<AnswerStream> ordered, IReadOnlyList<ComponentRow> rows)
    {
        string[] names = ["A", "B"];
        var contents = new List<string>();
        string? file = null;
        int each = Math.Max(1, mostMessages / 2);
        foreach ((int index, AnswerStream stream) in ordered.Index())
        {
            string head = index == 0 && question.Origin == MicroChat.Feedback.PromptOrigin.OperatorBank ? $"> {Short(question.Text)}\n" : "";
            AnswerLayout layout = AnswerLayout.Of($"{head}**Answer {names[index]}**\n{stream.Text.TrimEnd()}", OutgoingMessage.LongestContent, each);
            contents.AddRange(layout.Messages);
            file = layout.File is null ? file : $"{file}# Answer {names[index]}\n\n{stream.Text}\n\n";
        }
        contents[^1] = contents[^1].Length + 40 < OutgoingMessage.LongestContent ? contents[^1] + "\n-# Which one is better?" : contents[^1];
        return new AnswerView(contents, rows, file);
    }

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
