using MicroChat.Training.Data;

namespace MicroChat.Training.Rollouts;

/// <summary>Prompts in an endless order that is computed from a seed: each comes once before any comes again, and a place is a number.</summary>
/// <param name="prompts">At least one.</param>
/// <param name="seed">Seed of the order, which is another one every round.</param>
public sealed class PromptBank(IReadOnlyList<int[]> prompts, int seed)
{
    /// <summary>Number of different prompts.</summary>
    public int Count => prompts.Count;

    /// <summary>Longest prompt. Unit: tokens.</summary>
    public int LongestTokens => prompts.Max(prompt => prompt.Length);

    /// <summary>The prompts at places <paramref name="first"/> … <paramref name="first"/> + count − 1.</summary>
    public int[][] Take(long first, int count)
    {
        int[][] taken = new int[count][];
        for (int i = 0; i < count; i++)
        {
            (long round, long place) = Math.DivRem(first + i, prompts.Count);
            taken[i] = prompts[(int)new SeededPermutation(SeededPermutation.Mix((ulong)seed) ^ (ulong)round, prompts.Count)[place]];
        }
        return taken;
    }
}
