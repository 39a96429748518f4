namespace MicroChat.Discord.Simulator.Town;

/// <summary>What members ask: every prompt of a bank once, in an order drawn from the seed, before any comes again.</summary>
public sealed class PromptDeck
{
    private readonly string[] prompts;
    private readonly Random random;
    private readonly Lock gate = new();
    private int next;

    /// <param name="bank">At least one prompt.</param>
    /// <param name="random">Draws the order.</param>
    public PromptDeck(IReadOnlyList<string> bank, Random random)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bank.Count, nameof(bank));
        (prompts, this.random) = ([.. bank], random);
        random.Shuffle(prompts);
    }

    /// <summary>How often the whole bank has been dealt; above 0, prompts come again.</summary>
    public int Rounds { get; private set; }

    /// <summary>The next prompt.</summary>
    public string Deal()
    {
        lock (gate)
        {
            if (next == prompts.Length)
            {
                (next, Rounds) = (0, Rounds + 1);
                random.Shuffle(prompts);
            }
            return prompts[next++];
        }
    }
}
