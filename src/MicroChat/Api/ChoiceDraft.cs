using System.Text;
using MicroChat.Chat;

namespace MicroChat.Api;

/// <summary>One choice while it grows: text, probabilities, end.</summary>
internal sealed class ChoiceDraft
{
    private readonly StringBuilder text = new();
    private readonly List<TokenChoice> tokens = [];

    public string Text => text.ToString();

    /// <summary>The reply's tokens so far; empty where no probabilities were asked for.</summary>
    public IReadOnlyList<TokenChoice> Tokens => tokens;

    /// <summary>Null: it goes on.</summary>
    public ReplyFinish? Finish { get; private set; }

    public ReplyUsage? Usage { get; private set; }

    public void Add(ReplyPiece piece)
    {
        text.Append(piece.Text);
        if (piece.Choice is { } choice)
        {
            tokens.Add(choice);
        }
        Finish ??= piece.FinishReason;
        Usage ??= piece.Usage;
    }

    /// <summary>The API's word for why a reply ended.</summary>
    /// <exception cref="ApiException">It was ended by the server before it was done.</exception>
    public static string FinishReason(ReplyFinish finish) => finish switch
    {
        ReplyFinish.Length => "length",
        ReplyFinish.Interrupted => throw new ApiException(503, "server_error", "The server is stopping and ended this reply before it was done. Try again in a moment.", null, "reply_interrupted")
        {
            RetryAfter = TimeSpan.FromSeconds(5),
        },
        _ => "stop",
    };

    /// <summary>What several choices cost together; choices of one prompt share its tokens.</summary>
    public static Usage Total(IReadOnlyList<ChoiceDraft> drafts, int choicesPerPrompt)
    {
        int prompt = 0, cached = 0, reply = 0;
        for (int i = 0; i < drafts.Count; i++)
        {
            if (drafts[i].Usage is { } usage)
            {
                bool first = i % choicesPerPrompt == 0;
                prompt += first ? usage.PromptTokens : 0;
                cached += first ? usage.CachedTokens : 0;
                reply += usage.ReplyTokens;
            }
        }
        return new Usage(prompt, reply, prompt + reply, new PromptTokensDetails(cached));
    }
}
