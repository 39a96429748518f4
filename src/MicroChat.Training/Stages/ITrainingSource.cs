using MicroChat.Model.Decoding;

namespace MicroChat.Training.Stages;

/// <summary>An endless, repeatable stream of micro-batches whose place can be saved.</summary>
public interface ITrainingSource
{
    /// <summary>The next rows.</summary>
    /// <exception cref="TrainingException">The data has come to its end.</exception>
    public TokenBatch Next();

    /// <summary>The place in the stream, small enough for a checkpoint.</summary>
    public string SavePlace();

    /// <summary>Goes to a saved place: the batches that follow are those that followed there.</summary>
    public void RestorePlace(string place);
}
