namespace MicroChat.Feedback.Trust;

/// <summary>Whose votes count how much. Section "Training"; the host's record of that section adds its own options to these.</summary>
public record TrustOptions
{
    /// <summary>Whether raters are judged; without it every vote weighs 1 and none is left out.</summary>
    public bool JudgeRaters { get; init; } = true;

    /// <summary>Votes of an account that was younger when it voted are left out; 0: any age. Where the platform does not tell, age does not matter. Unit: days.</summary>
    public int AccountAgeDays { get; init; } = 7;

    /// <summary>Votes of one person in one place on one day (UTC) that count, the first ones; 0: no bound.</summary>
    public int RaterVotesPerDay { get; init; } = 500;

    /// <summary>Votes in one place on one day that count; what is over is taken from those who voted most. 0: no bound.</summary>
    public int PlaceVotesPerDay { get; init; } = 10_000;

    /// <summary>Most that one person may weigh, as a share of all votes of the place, but never less than twice an equal part; more votes weigh less each. Above 0, at most 1.</summary>
    public double RaterShare { get; init; } = 0.05;

    /// <summary>Most that one place may weigh, as a share of all votes, but never less than twice an equal part. Above 0, at most 1.</summary>
    public double PlaceShare { get; init; } = 0.5;

    /// <summary>More votes of one person than this within <see cref="BurstTime"/> are a burst: nobody reads so fast.</summary>
    public int BurstVotes { get; init; } = 10;

    /// <summary>See <see cref="BurstVotes"/>.</summary>
    public TimeSpan BurstTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Fewest persons who vote in step before they are a group; 2 or more.</summary>
    public int SynchronyPersons { get; init; } = 3;

    /// <summary>Fewest things on which two of them vote alike at nearly the same time; 3 or more.</summary>
    public int SynchronyVotes { get; init; } = 6;

    /// <summary>How near in time two votes are that count as given together.</summary>
    public TimeSpan SynchronyTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long all votes of somebody who took part in a burst, or voted in step, are left out; afterwards only those of the burst itself. Unit: days.</summary>
    public double QuarantineDays { get; init; } = 7;

    /// <summary>Everything that is wrong, a sentence or two each; empty when nothing is.</summary>
    public IReadOnlyList<string> ValidateTrust()
    {
        var faults = new List<string>();
        Check(AccountAgeDays is >= 0 and <= 3_650, nameof(AccountAgeDays), AccountAgeDays, "from 0 to 3650", "0 takes accounts of any age");
        Check(RaterVotesPerDay >= 0, nameof(RaterVotesPerDay), RaterVotesPerDay, "0 or more", "0 is no bound");
        Check(PlaceVotesPerDay >= 0, nameof(PlaceVotesPerDay), PlaceVotesPerDay, "0 or more", "0 is no bound");
        Check(RaterShare is > 0 and <= 1, nameof(RaterShare), RaterShare, "above 0 and at most 1", "1 is no bound");
        Check(PlaceShare is > 0 and <= 1, nameof(PlaceShare), PlaceShare, "above 0 and at most 1", "1 is no bound");
        Check(BurstVotes >= 2, nameof(BurstVotes), BurstVotes, "2 or more", "Two quick votes are nothing unusual");
        Check(BurstTime > TimeSpan.Zero && BurstTime <= TimeSpan.FromHours(1), nameof(BurstTime), BurstTime, "above 0 and at most 01:00:00", "Votes over hours are no burst");
        Check(SynchronyPersons >= 2, nameof(SynchronyPersons), SynchronyPersons, "2 or more", "One person is no group");
        Check(SynchronyVotes >= 3, nameof(SynchronyVotes), SynchronyVotes, "3 or more", "Less is chance");
        Check(SynchronyTime > TimeSpan.Zero && SynchronyTime <= TimeSpan.FromHours(1), nameof(SynchronyTime), SynchronyTime, "above 0 and at most 01:00:00", "Votes hours apart are not given together");
        Check(QuarantineDays is >= 0 and <= 3_650, nameof(QuarantineDays), QuarantineDays, "from 0 to 3650", "0 leaves out the burst itself only");
        return faults;

        void Check<T>(bool holds, string name, T value, string wish, string remedy)
        {
            if (!holds)
            {
                faults.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Training:{name} is {value}; it must be {wish}. {remedy}."));
            }
        }
    }
}
