using MicroChat.Discord.Port;

namespace MicroChat.Discord.Answers;

/// <summary>What an answer looks like on Discord at a moment.</summary>
/// <param name="Contents">One per message; at least one.</param>
/// <param name="Rows">Buttons under the last message.</param>
/// <param name="File">The whole answer, where it is too long for messages; null: none.</param>
internal sealed record AnswerView(IReadOnlyList<string> Contents, IReadOnlyList<ComponentRow> Rows, string? File);

/// <summary>Where an answer is shown: messages of a channel, or the reply to a command. One caller at a time.</summary>
internal interface IAnswerTarget
{
    /// <summary>Messages that show the answer, in order.</summary>
    public IReadOnlyList<Snowflake> Messages { get; }

    /// <summary>When the next change can go.</summary>
    public EditPace Pace { get; }

    /// <summary>Makes Discord show this: sends, edits and deletes only what differs from what is shown.</summary>
    /// <exception cref="DiscordException">Discord refuses; what was shown before is kept in mind.</exception>
    public Task ShowAsync(AnswerView view, CancellationToken cancellationToken);

    /// <summary>Takes all messages away; what cannot be taken away is left.</summary>
    public Task DeleteAsync(CancellationToken cancellationToken);
}
