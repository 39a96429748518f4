using System.Text;
using MicroChat.Chat;

namespace MicroChat.Api;

/// <summary>Probabilities of tokens in the two forms that the API has for them.</summary>
internal static class LogProbabilities
{
    private const char PartOfCharacter = '\uFFFD';

    /// <summary>What stands for the logarithm of a probability of zero, which JSON cannot write.</summary>
    private const double Impossible = -9999;

    public static ChatLogProbabilities Chat(IReadOnlyList<TokenChoice> tokens) => new([.. tokens.Select(Token)], null);

    /// <param name="offset">Where the first token begins. Unit: characters.</param>
    public static TextLogProbabilities Text(IReadOnlyList<TokenChoice> tokens, int offset)
    {
        var offsets = new List<int>(tokens.Count);
        foreach (TokenChoice token in tokens)
        {
            offsets.Add(offset);
            offset += token.Chosen.Text.Length;
        }
        return new TextLogProbabilities(
            [.. tokens.Select(t => t.Chosen.Text)], [.. tokens.Select(t => Finite(t.Chosen.LogProbability))], [.. tokens.Select(Top)], offsets);
    }

    private static TokenLogProbability Token(TokenChoice token) => Entry(token.Chosen) with { TopLogprobs = [.. token.Top.Select(Entry)] };

    private static TokenLogProbability Entry(TokenProbability token) => new(
        token.Text,
        Finite(token.LogProbability),
        token.Text.Contains(PartOfCharacter, StringComparison.Ordinal) ? null : [.. Encoding.UTF8.GetBytes(token.Text).Select(b => (int)b)]);

    private static Dictionary<string, double> Top(TokenChoice token)
    {
        var top = new Dictionary<string, double>();
        foreach (TokenProbability rival in token.Top)
        {
            top.TryAdd(rival.Text, Finite(rival.LogProbability));
        }
        return top;
    }

    private static double Finite(float logProbability) => float.IsFinite(logProbability) ? logProbability : Impossible;
}
