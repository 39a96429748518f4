namespace MicroChat.Options;

/// <summary>The least and the greatest value of a numeric option, both allowed.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class LimitsAttribute(double least, double greatest) : Attribute
{
    public double Least { get; } = least;

    public double Greatest { get; } = greatest;
}
