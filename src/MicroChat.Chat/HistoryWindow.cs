namespace MicroChat.Chat;

/// <summary>Which part of a history a prompt keeps: whole exchanges are left out, the oldest first.</summary>
public static class HistoryWindow
{
    /// <summary>The smallest number of oldest exchanges to leave out; by bisection, because fewer exchanges never take more tokens.</summary>
    /// <param name="least">How many are left out anyway.</param>
    /// <param name="exchanges">How many there are.</param>
    /// <param name="fits">Whether the prompt fits when it begins with this exchange.</param>
    /// <returns>Null: it does not fit even with all of them left out.</returns>
    public static int? FirstThatFits(int least, int exchanges, Func<int, bool> fits)
    {
        int tooMany = Math.Min(least, exchanges), fitting = exchanges;
        if (fits(tooMany))
        {
            return tooMany;
        }
        if (!fits(fitting))
        {
            return null;
        }
        while (fitting - tooMany > 1)
        {
            int middle = (tooMany + fitting) / 2;
            (tooMany, fitting) = fits(middle) ? (tooMany, middle) : (middle, fitting);
        }
        return fitting;
    }

    /// <summary>The failure of a message that does not fit by itself.</summary>
    /// <param name="tokens">What it takes, persona and template included.</param>
    /// <param name="budget">What it may take.</param>
    /// <param name="hasPersona">Whether a system prompt comes before it.</param>
    public static MessageTooLongException TooLong(int tokens, TokenBudget budget, bool hasPersona)
    {
        string whole = hasPersona ? "The message and the system prompt together take" : "The message takes";
        return new MessageTooLongException(
            $"{whole} {tokens} tokens; {budget.PromptTokens} fit ({budget.ContextTokens} of context less {budget.ReplyTokens} kept for the reply). " +
            "Shorten it, or send it in parts. Nothing of the conversation was lost.", tokens, budget.PromptTokens);
    }
}
