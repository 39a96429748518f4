using MicroChat.Feedback;

namespace MicroChat.Web;

/// <summary>The words by which the page names reasons of a rating.</summary>
internal static class RatingNames
{
    private static readonly (RatingReason Reason, string Name)[] All =
    [
        (RatingReason.Wrong, "wrong"), (RatingReason.Unclear, "unclear"), (RatingReason.TooLong, "too-long"),
        (RatingReason.Rude, "rude"), (RatingReason.Unsafe, "unsafe"), (RatingReason.Other, "other"),
    ];

    public static string? Of(RatingReason? reason) => reason is { } known ? All.Single(pair => pair.Reason == known).Name : null;

    /// <exception cref="PageException">It is none of the words.</exception>
    public static RatingReason? Parse(string? name)
    {
        if (string.IsNullOrEmpty(name))
        {
            return null;
        }
        int at = Array.FindIndex(All, pair => pair.Name == name);
        return at >= 0 ? All[at].Reason
            : throw PageException.Invalid($"reason is \"{name}\"; it must be one of {string.Join(", ", All.Select(pair => pair.Name))}.");
    }
}
