namespace MicroChat.Diagnosis;

/// <summary>How a check came out.</summary>
internal enum Health
{
    Good,

    /// <summary>Works, but not as well as it could.</summary>
    Doubtful,

    Broken,
}

/// <summary>What one check found.</summary>
/// <param name="Remedy">How to mend it; null only when it is good.</param>
internal sealed record Finding(Health Health, string Subject, string Found, string? Remedy)
{
    public static Finding Good(string subject, string found) => new(Health.Good, subject, found, null);

    public static Finding Doubtful(string subject, string found, string remedy) => new(Health.Doubtful, subject, found, remedy);

    public static Finding Broken(string subject, string found, string remedy) => new(Health.Broken, subject, found, remedy);

    public override string ToString()
    {
        string mark = Health switch { Health.Good => "ok  ", Health.Doubtful => "warn", _ => "FAIL" };
        return $"{mark}  {Subject,-10} {Found.TrimEnd('.')}{(Remedy is null ? "" : $". {Remedy}")}";
    }
}
