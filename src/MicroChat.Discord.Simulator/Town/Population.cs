using MicroChat.Discord.Simulator.World;

namespace MicroChat.Discord.Simulator.Town;

/// <summary>Who lives in a town now; who comes and goes.</summary>
public sealed class Population
{
    /// <summary>Exponent of the activity's Pareto tail: the busiest tenth writes about half of everything.</summary>
    private const double ActivityTail = 1.3;

    private const double BusiestOverQuietest = 25, LurkersActivity = 0.05;

    private readonly DiscordWorld world;
    private readonly TownOptions options;
    private readonly Random random;
    private readonly List<Member> members = [];
    private readonly List<Member> gone = [];
    private int numbered;

    /// <summary>Draws the first members; they have accounts, and are in no guild yet.</summary>
    public Population(DiscordWorld world, TownOptions options, Random random)
    {
        (this.world, this.options, this.random) = (world, options, random);
        int trolls = (int)Math.Round(options.Members * options.Trolls), lurkers = (int)Math.Round(options.Members * options.Lurkers);
        for (int i = 0; i < options.Members; i++)
        {
            members.Add(Draw(i < trolls ? Trolls[i % Trolls.Length] : i < trolls + lurkers ? MemberKind.Lurker : MemberKind.Regular));
        }
    }

    /// <summary>Who is here.</summary>
    public IReadOnlyList<Member> Members => members;

    /// <summary>Who has left.</summary>
    public IReadOnlyList<Member> Gone => gone;

    private static MemberKind[] Trolls { get; } = [MemberKind.Brigadier, MemberKind.Contrarian, MemberKind.Scatterer];

    /// <summary>Somebody, the busy ones more often.</summary>
    public Member Asker()
    {
        double all = members.Sum(member => member.Activity), at = random.NextDouble() * all;
        return members.FirstOrDefault(member => (at -= member.Activity) < 0) ?? members[^1];
    }

    /// <summary>Somebody else who passes by, anyone as likely as another.</summary>
    public Member Visitor(Member apart)
    {
        Member other;
        do
        {
            other = members[random.Next(members.Count)];
        }
        while (other == apart);
        return other;
    }

    /// <summary>Somebody honest leaves, and a new member takes the place.</summary>
    public (Member Leaver, Member Comer) Exchange()
    {
        Member[] honest = [.. members.Where(member => member.IsHonest)];
        Member leaver = honest[random.Next(honest.Length)];
        members.Remove(leaver);
        gone.Add(leaver);
        Member comer = Draw(leaver.Kind);
        members.Add(comer);
        return (leaver, comer);
    }

    private Member Draw(MemberKind kind)
    {
        bool honest = kind is MemberKind.Regular or MemberKind.Lurker;
        double tail = Math.Min(BusiestOverQuietest, Math.Pow(1 - random.NextDouble(), -1 / ActivityTail)), consent = random.NextDouble();
        var age = TimeSpan.FromDays(honest ? 60 + (random.NextDouble() * 2_000) : 1 + (random.NextDouble() * 400));
        return new Member
        {
            User = world.AddUser($"member{++numbered}", age),
            Kind = kind,
            Consent = !honest || consent < options.OptIn ? MemberConsent.OptsIn : consent < options.OptIn + options.OptOut ? MemberConsent.OptsOut : MemberConsent.NeverAsked,
            Activity = kind == MemberKind.Lurker ? tail * LurkersActivity : tail,
            Severity = options.SeveritySpread * random.NextGaussian(),
            Reacts = random.NextDouble() < 0.4,
        };
    }
}
