namespace MicroChat.Discord.Port;

/// <summary>A row under a message: up to 5 buttons, or one select. A message has at most 5 rows.</summary>
public sealed record ComponentRow(IReadOnlyList<DiscordComponent> Items);

/// <summary>Something under a message that can be used.</summary>
public abstract record DiscordComponent;

/// <summary>A button; pressing it raises <see cref="ButtonPressed"/>.</summary>
/// <param name="CustomId">1 to 100 characters that come back when it is pressed; visible to people who look for them.</param>
/// <param name="Label">Up to 80 characters; null: only the emoji.</param>
/// <param name="Emoji">Null: none.</param>
/// <param name="Style">Its colour.</param>
/// <param name="Disabled">Shown, but cannot be pressed.</param>
public sealed record DiscordButton(string CustomId, string? Label, DiscordEmoji? Emoji, ButtonStyle Style, bool Disabled) : DiscordComponent;

/// <summary>A button that opens an address.</summary>
public sealed record LinkButton(Uri Address, string Label) : DiscordComponent;

/// <summary>A list to choose one or more from; raises <see cref="SelectChosen"/>.</summary>
/// <param name="CustomId">1 to 100 characters.</param>
/// <param name="Choices">1 to 25.</param>
/// <param name="Placeholder">Shown while nothing is chosen; null: none.</param>
/// <param name="Least">Fewest choices.</param>
/// <param name="Most">Most choices.</param>
public sealed record DiscordSelect(string CustomId, IReadOnlyList<SelectChoice> Choices, string? Placeholder, int Least, int Most) : DiscordComponent;

/// <summary>One choice of a list.</summary>
/// <param name="Value">What comes back, 1 to 100 characters.</param>
/// <param name="Label">What is shown, up to 100 characters.</param>
/// <param name="Chosen">Chosen from the start.</param>
public sealed record SelectChoice(string Value, string Label, bool Chosen);

/// <summary>Colours of buttons; numbers are Discord's.</summary>
public enum ButtonStyle
{
    Primary = 1,
    Secondary = 2,
    Success = 3,
    Danger = 4,
}

/// <summary>A form in a window; filled in it raises <see cref="ModalSubmitted"/>. Opens only as the first answer to an interaction.</summary>
/// <param name="CustomId">1 to 100 characters.</param>
/// <param name="Title">Up to 45 characters.</param>
/// <param name="Fields">1 to 5.</param>
public sealed record DiscordModal(string CustomId, string Title, IReadOnlyList<ModalField> Fields);

/// <summary>One field of a form.</summary>
/// <param name="CustomId">Its key in <see cref="ModalSubmitted.Fields"/>.</param>
/// <param name="Label">Up to 45 characters.</param>
/// <param name="Required">Cannot be left empty.</param>
public abstract record ModalField(string CustomId, string Label, bool Required);

/// <summary>A text to be typed.</summary>
/// <param name="CustomId">Its key.</param>
/// <param name="Label">Up to 45 characters.</param>
/// <param name="Required">Cannot be left empty.</param>
/// <param name="Long">Several lines.</param>
/// <param name="LongestText">Most characters, 1 to 4000.</param>
/// <param name="Value">What stands there at first; null: nothing.</param>
public sealed record TextField(string CustomId, string Label, bool Required, bool Long, int LongestText, string? Value) : ModalField(CustomId, Label, Required);

/// <summary>One of several choices.</summary>
/// <param name="CustomId">Its key.</param>
/// <param name="Label">Up to 45 characters.</param>
/// <param name="Required">Cannot be left empty.</param>
/// <param name="Choices">1 to 25.</param>
public sealed record ChoiceField(string CustomId, string Label, bool Required, IReadOnlyList<SelectChoice> Choices) : ModalField(CustomId, Label, Required);
