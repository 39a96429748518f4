namespace MicroChat.Chat;

/// <summary>How much of the context a conversation may fill.</summary>
public sealed record TokenBudget
{
    /// <summary>Splits a context into prompt and reply.</summary>
    /// <param name="contextTokens">Longest prompt plus reply. Unit: tokens.</param>
    /// <param name="replyTokens">Room kept free for the reply. Unit: tokens.</param>
    /// <exception cref="ArgumentException">The reply leaves no room for a prompt.</exception>
    public TokenBudget(int contextTokens, int replyTokens)
    {
        if (replyTokens < 1 || replyTokens >= contextTokens)
        {
            throw new ArgumentException(
                $"The room kept for a reply is {replyTokens} tokens and the context {contextTokens}; the reply must have 1 or more and be shorter than the context, or no prompt fits.");
        }
        ContextTokens = contextTokens;
        ReplyTokens = replyTokens;
    }

    /// <summary>Unit: tokens.</summary>
    public int ContextTokens { get; }

    /// <summary>Unit: tokens.</summary>
    public int ReplyTokens { get; }

    /// <summary>Longest prompt. Unit: tokens.</summary>
    public int PromptTokens => ContextTokens - ReplyTokens;

    /// <summary>Room for replies of <paramref name="longestReply"/> tokens, but never more than a quarter of the context: history matters too.</summary>
    public static TokenBudget For(int contextTokens, int longestReply) =>
        new(contextTokens, Math.Max(1, Math.Min(longestReply, contextTokens / 4)));
}
