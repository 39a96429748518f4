namespace MicroChat.Tests.Discord;

/// <summary>A generator that always draws the same.</summary>
internal sealed class FixedRandom(double value) : Random(1)
{
    public override double NextDouble() => value;
}
