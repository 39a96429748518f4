using MicroChat.Model.Templates;
using MicroChat.Training.Data;

namespace MicroChat.Training.Preferences;

/// <summary>A prompt and a reply to it as one row of tokens.</summary>
/// <param name="Ids">(T) the prompt's tokens, then the reply's; the last one is the end of the turn where the template has one.</param>
/// <param name="PromptTokens">Tokens of the prompt: the reply begins here.</param>
public sealed record EncodedReply(int[] Ids, int PromptTokens)
{
    /// <summary>Tokens of the reply, its end included.</summary>
    public int ReplyTokens => Ids.Length - PromptTokens;

    /// <summary>The same reply after the prompt of another one, cut at its end to so many tokens; for KTO's reference point.</summary>
    public EncodedReply After(EncodedReply other, int maxTokens)
    {
        int reply = Math.Max(1, Math.Min(ReplyTokens, maxTokens - other.PromptTokens));
        return new EncodedReply([.. other.Ids.AsSpan(0, other.PromptTokens), .. Ids.AsSpan(PromptTokens, reply)], other.PromptTokens);
    }
}

/// <summary>Encodes prompts with replies by the model's own template: exactly what the model reads and writes when it serves.</summary>
public sealed class ReplyEncoder(ChatEncoder encoder)
{
    /// <summary>Encodes one reply. What follows the end of its turn is cut off.</summary>
    /// <param name="prompt">The turns before the reply.</param>
    /// <param name="reply">The reply.</param>
    /// <exception cref="TemplateException">The template refuses the conversation, or its opening of the assistant's turn does not begin the finished turn.</exception>
    public EncodedReply Encode(IReadOnlyList<ChatTurn> prompt, string reply)
    {
        EncodedChat whole = encoder.Encode([.. prompt, new ChatTurn(TurnFields.Assistant, reply)], addGenerationPrompt: false);
        int end = Array.LastIndexOf(whole.IsGenerated, true) + 1, start = end;
        while (start > 0 && whole.IsGenerated[start - 1])
        {
            start--;
        }
        if (end > 0)
        {
            return new EncodedReply(whole.Ids[..end], start);
        }
        int[] opened = encoder.Encode(prompt, addGenerationPrompt: true).Ids;
        return whole.Ids.AsSpan().StartsWith(opened) && whole.Ids.Length > opened.Length
            ? new EncodedReply(whole.Ids, opened.Length)
            : throw new TrainingException(
                "The chat template has no generation block, and its opening of the assistant's turn does not begin the finished turn, so the reply's tokens can't be told from the prompt's. "
                + "Put {% generation %} around what the assistant says.");
    }
}
