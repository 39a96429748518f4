using MicroChat.Chat;
using MicroChat.Model.Sampling;

namespace MicroChat.Dialog;

/// <summary>What <c>/stats</c> shows.</summary>
internal static class ChatStatistics
{
    public static void Print(ChatState state)
    {
        ChatSession session = state.Session;
        SamplingOptions sampling = state.Sampling;
        TextWriter output = state.Output;
        output.WriteLine($"model: {state.Model.Name}, {state.Model.Parameters / 1e6:0.0} M weights, context of {state.Model.ContextTokens:N0} tokens");
        output.WriteLine(
            $"conversation: {session.Exchanges.Count} exchanges, {session.Dropped} of them no longer in the prompt; " +
            $"{session.CountHistoryTokens():N0} of {session.Budget.PromptTokens:N0} prompt tokens used");
        output.WriteLine(
            $"sampling: temperature {sampling.Temperature}, top-p {sampling.TopP}, top-k {sampling.TopK}, min-p {sampling.MinP}, " +
            $"repetition penalty {sampling.RepetitionPenalty}, at most {sampling.MaxReplyTokens} tokens");
        if (session.Exchanges.Count > 0)
        {
            output.WriteLine(Last(session.Exchanges[^1].Reply));
        }
    }

    private static string Last(SessionReply reply)
    {
        string speed = reply.TokensPerSecond() is { } tokensPerSecond ? $", {tokensPerSecond:0.0} tokens/s" : "";
        string end = reply.Cancelled ? "cancelled" : reply.FinishReason ?? "unknown";
        return $"last reply: {reply.PromptTokens?.ToString() ?? "?"} + {reply.ReplyTokens?.ToString() ?? "?"} tokens, " +
            $"first text after {reply.FirstText.TotalMilliseconds:0} ms{speed}, seed {reply.Seed?.ToString() ?? "?"}, ended by {end}";
    }
}
