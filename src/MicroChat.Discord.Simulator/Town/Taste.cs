using MicroChat.Discord.Simulator.Town.Golds;

namespace MicroChat.Discord.Simulator.Town;

/// <summary>What a member clicks: the common preference, their own taste and severity, slips, and what trolls make of it.</summary>
public sealed class Taste(IGoldPreference gold, TownOptions options)
{
    /// <summary>Nearer than this, two answers are equally good to a member. Unit: the preference's.</summary>
    private const double Indifferent = 0.05;

    /// <summary>A vote on one answer: +1 or −1.</summary>
    public int Vote(Member member, string prompt, string reply, Random random)
    {
        double felt = Felt(prompt, reply, random);
        int honest = felt >= options.Threshold + member.Severity ? 1 : -1;
        return member.Kind switch
        {
            MemberKind.Contrarian => -honest,
            MemberKind.Scatterer => random.Next(2) == 0 ? 1 : -1,
            MemberKind.Brigadier => -1,
            _ => random.NextDouble() < options.Noise ? -honest : honest,
        };
    }

    /// <summary>A choice between two answers: 0 or 1; null: neither is better.</summary>
    public int? Choose(Member member, string prompt, string first, string second, Random random)
    {
        double difference = Felt(prompt, second, random) - Felt(prompt, first, random);
        int? honest = Math.Abs(difference) < Indifferent ? null : difference > 0 ? 1 : 0;
        return member.Kind switch
        {
            MemberKind.Contrarian => 1 - honest,
            MemberKind.Scatterer or MemberKind.Brigadier => random.Next(2),
            _ => honest is { } better && random.NextDouble() < options.Noise ? 1 - better : honest,
        };
    }

    private double Felt(string prompt, string reply, Random random) => gold.Appeal(prompt, reply) + (options.TasteSpread * random.NextGaussian());
}
