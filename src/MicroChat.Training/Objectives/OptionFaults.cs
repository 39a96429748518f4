namespace MicroChat.Training.Objectives;

/// <summary>What is wrong with an options record, one sentence each.</summary>
internal sealed class OptionFaults
{
    private readonly List<string> _faults = [];

    /// <summary>Everything that was found.</summary>
    public IReadOnlyList<string> All => _faults;

    /// <summary>Adds a sentence when a value is not as wished.</summary>
    public OptionFaults Check(bool holds, string name, object value, string wish)
    {
        if (!holds)
        {
            _faults.Add($"{name} is {value}; it must be {wish}.");
        }
        return this;
    }

    /// <summary>A finite number above 0.</summary>
    public OptionFaults Positive(string name, double value) => Check(value > 0 && double.IsFinite(value), name, value, "above 0");

    /// <summary>A finite number, 0 or more.</summary>
    public OptionFaults NotNegative(string name, double value) => Check(value >= 0 && double.IsFinite(value), name, value, "0 or more");

    /// <summary>A number from 0 to 1.</summary>
    public OptionFaults Share(string name, double value) => Check(value is >= 0 and <= 1, name, value, "from 0 to 1");
}
