namespace MicroChat.Feedback;

/// <summary>
/// A person as the store knows one: HMAC-SHA256 of platform and user id under a key of this store, cut to 128 bits. The raw id is never
/// kept; the same person has another pseudonym in another store. Made by <see cref="IFeedbackStore.PseudonymOf"/>.
/// </summary>
public readonly record struct Pseudonym
{
    /// <summary>Length of <see cref="Value"/>. Unit: characters.</summary>
    public const int Length = 32;

    private readonly string? value;

    private Pseudonym(string value) => this.value = value;

    /// <summary>32 lower-case hexadecimal digits.</summary>
    /// <exception cref="InvalidOperationException">This is the default value, which stands for nobody.</exception>
    public string Value => value ?? throw new InvalidOperationException("This pseudonym was never set; make one with IFeedbackStore.PseudonymOf.");

    /// <summary>Reads a pseudonym that was written out before.</summary>
    /// <returns>False when the text is not 32 lower-case hexadecimal digits.</returns>
    public static bool TryParse(string? text, out Pseudonym pseudonym)
    {
        bool ok = text is { Length: Length } && text.All(char.IsAsciiHexDigitLower);
        pseudonym = ok ? new Pseudonym(text!) : default;
        return ok;
    }

    /// <inheritdoc cref="TryParse"/>
    /// <exception cref="FeedbackException">The text is no pseudonym.</exception>
    public static Pseudonym Parse(string text) => TryParse(text, out Pseudonym pseudonym) ? pseudonym
        : throw new FeedbackException($"\"{text}\" is no pseudonym; one has {Length} lower-case hexadecimal digits, as `feedback show` prints them.");

    /// <inheritdoc/>
    public override string ToString() => Value;
}
