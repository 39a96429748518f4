using System.Runtime.InteropServices;

namespace MicroChat.Tests.Full;

/// <summary>A failure as the native library reports it: only its text says what it is.</summary>
internal sealed class NativeFault(string message) : ExternalException(message);
