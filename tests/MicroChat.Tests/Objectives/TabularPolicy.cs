namespace MicroChat.Tests.Objectives;

/// <summary>A softmax row and a value for every prefix of sequences of T tokens out of V: a language model whose expectations can be enumerated.</summary>
internal sealed class TabularPolicy(int vocabulary, int length)
{
    public double[] Logits { get; init; } = new double[Prefixes(vocabulary, length) * vocabulary];

    public double[] Values { get; } = new double[Prefixes(vocabulary, length)];

    /// <summary>Number of sequences, V^T.</summary>
    public int Sequences { get; } = (int)Math.Pow(vocabulary, length);

    /// <summary>Place of the first t tokens: the number of shorter prefixes + the tokens read as a number.</summary>
    public int Prefix(ReadOnlySpan<int> tokens)
    {
        int number = 0, shorter = 0, power = 1;
        foreach (int token in tokens)
        {
            number = (number * vocabulary) + token;
            shorter += power;
            power *= vocabulary;
        }
        return shorter + number;
    }

    public double[] LogProbs(int prefix)
    {
        ReadOnlySpan<double> z = Logits.AsSpan(prefix * vocabulary, vocabulary);
        double max = double.NegativeInfinity, sum = 0;
        foreach (double value in z)
        {
            max = Math.Max(max, value);
        }
        foreach (double value in z)
        {
            sum += Math.Exp(value - max);
        }
        double[] logP = new double[vocabulary];
        for (int v = 0; v < vocabulary; v++)
        {
            logP[v] = z[v] - max - Math.Log(sum);
        }
        return logP;
    }

    /// <summary>The smallest token whose cumulative probability is above u.</summary>
    public int Draw(int prefix, double u)
    {
        double[] logP = LogProbs(prefix);
        double cumulative = 0;
        for (int v = 0; v < vocabulary - 1; v++)
        {
            cumulative += Math.Exp(logP[v]);
            if (u < cumulative)
            {
                return v;
            }
        }
        return vocabulary - 1;
    }

    /// <summary>Log-probability of every sequence, in lexicographic order.</summary>
    public double[] SequenceLogProbs()
    {
        double[][] rows = [.. Enumerable.Range(0, Values.Length).Select(LogProbs)];
        double[] all = new double[Sequences];
        for (int s = 0; s < Sequences; s++)
        {
            int[] tokens = Tokens(s);
            for (int t = 0; t < length; t++)
            {
                all[s] += rows[Prefix(tokens.AsSpan(0, t))][tokens[t]];
            }
        }
        return all;
    }

    public int[] Tokens(int sequence)
    {
        int[] tokens = new int[length];
        for (int t = length - 1; t >= 0; t--, sequence /= vocabulary)
        {
            tokens[t] = sequence % vocabulary;
        }
        return tokens;
    }

    public int Sequence(ReadOnlySpan<int> tokens)
    {
        int number = 0;
        foreach (int token in tokens)
        {
            number = (number * vocabulary) + token;
        }
        return number;
    }

    private static int Prefixes(int vocabulary, int length) => Enumerable.Range(0, length).Sum(t => (int)Math.Pow(vocabulary, t));
}
