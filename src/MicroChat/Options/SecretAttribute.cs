namespace MicroChat.Options;

/// <summary>The value of this option is never printed or logged.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SecretAttribute : Attribute;
