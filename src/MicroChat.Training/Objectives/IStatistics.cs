using System.Numerics;

namespace MicroChat.Training.Objectives;

/// <summary>What an objective showed of a micro-batch, as shares of its update: those of an update's micro-batches add up.</summary>
/// <typeparam name="TSelf">The type itself.</typeparam>
public interface IStatistics<TSelf> : IAdditionOperators<TSelf, TSelf, TSelf> where TSelf : IStatistics<TSelf>
{
    /// <summary>Adds what was seen to a row of metrics.</summary>
    public void Report(IDictionary<string, double> metrics);
}
