namespace MicroChat.Torch;

/// <summary>A device has too little memory; the message holds the numbers. Whoever can do with less catches it as any other lack of memory.</summary>
public sealed class DeviceMemoryException(string message) : OutOfMemoryException(message);
