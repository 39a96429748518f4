namespace MicroChat.Discord.Text;

/// <summary>One message of a text that was too long for one.</summary>
/// <param name="Content">What is sent: the slice, and around it the marks that re-open and close what the cut went through.</param>
/// <param name="Start">Where the slice begins in the whole text.</param>
/// <param name="Length">Its length. The slices of all parts are the whole text. Unit: UTF-16 characters.</param>
public sealed record MessagePart(string Content, int Start, int Length)
{
    /// <summary>Nothing to be seen: Discord would refuse it.</summary>
    public bool IsBlank => string.IsNullOrWhiteSpace(Content);
}
