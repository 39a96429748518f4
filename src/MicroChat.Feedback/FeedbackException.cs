namespace MicroChat.Feedback;

/// <summary>A failure of the feedback store that a person can mend: what, where, the wish, the remedy. Nothing was written.</summary>
public sealed class FeedbackException(string message, Exception? inner = null) : Exception(message, inner);
