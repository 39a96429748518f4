using Microsoft.Extensions.AI;

namespace MicroChat.Chat;

/// <summary>A history cut to the budget.</summary>
/// <param name="Messages">The system messages at the beginning, then the youngest whole exchanges that fit, then the last message.</param>
/// <param name="Dropped">Whole exchanges that were left out, the oldest ones; worth a notice when it is not 0.</param>
/// <param name="Tokens">What the messages take as a prompt. Unit: tokens.</param>
public sealed record FittedHistory(IReadOnlyList<ChatMessage> Messages, int Dropped, int Tokens);

/// <summary>Keeps a history within a token budget by leaving out its oldest whole exchanges.</summary>
public static class HistoryBudget
{
    /// <summary>Cuts a history that its caller keeps: system messages, exchanges of a user's and what follows up to the next user's, and a last message.</summary>
    /// <param name="messages">Oldest first; the last one is the message to be replied to.</param>
    /// <param name="countTokens">Tokens that messages take as a prompt.</param>
    /// <param name="budget">What fits.</param>
    /// <exception cref="MessageTooLongException">The last message does not fit even alone.</exception>
    public static FittedHistory Fit(IReadOnlyList<ChatMessage> messages, Func<IReadOnlyList<ChatMessage>, int> countTokens, TokenBudget budget)
    {
        int system = 0;
        while (system < messages.Count - 1 && messages[system].Role == ChatRole.System)
        {
            system++;
        }
        int[] starts = [.. Enumerable.Range(system, messages.Count - system).Where(i => i == system || messages[i].Role == ChatRole.User)];
        if (!Fits(starts.Length - 1))
        {
            int tokens = countTokens(Cut(starts.Length - 1));
            throw TooLong(tokens, budget, system > 0);
        }
        int dropped = FirstThatFits(0, starts.Length - 1, Fits);
        List<ChatMessage> kept = Cut(dropped);
        return new FittedHistory(kept, dropped, countTokens(kept));

        List<ChatMessage> Cut(int first) => [.. messages.Take(system), .. messages.Skip(starts[first])];

        bool Fits(int first) => countTokens(Cut(first)) <= budget.PromptTokens;
    }

    /// <summary>The smallest number from <paramref name="least"/> to <paramref name="most"/> that fits; <paramref name="most"/> does. Bisection, because fewer exchanges never take more tokens.</summary>
    internal static int FirstThatFits(int least, int most, Func<int, bool> fits)
    {
        if (least == most || fits(least))
        {
            return least;
        }
        int tooMany = least;
        while (most - tooMany > 1)
        {
            int middle = (tooMany + most) / 2;
            (tooMany, most) = fits(middle) ? (tooMany, middle) : (middle, most);
        }
        return most;
    }

    internal static MessageTooLongException TooLong(int tokens, TokenBudget budget, bool hasSystem)
    {
        string whole = hasSystem ? "The message and the system prompt together take" : "The message takes";
        return new MessageTooLongException(
            $"{whole} {tokens} tokens; {budget.PromptTokens} fit ({budget.ContextTokens} of context less {budget.ReplyTokens} kept for the reply). " +
            "Shorten it, or send it in parts. Nothing of the conversation was lost.", tokens, budget.PromptTokens);
    }
}
