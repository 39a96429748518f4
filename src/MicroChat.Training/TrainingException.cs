namespace MicroChat.Training;

/// <summary>A training run cannot go on; the message says why and what to do.</summary>
public sealed class TrainingException : Exception
{
    /// <summary>Without a message.</summary>
    public TrainingException()
    {
    }

    /// <summary>With what, value, wish and remedy.</summary>
    public TrainingException(string message)
        : base(message)
    {
    }

    /// <summary>With its cause.</summary>
    public TrainingException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
