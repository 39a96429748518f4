using MicroChat.Chat;

namespace MicroChat.Api;

/// <summary>What one step adds to one of a request's choices.</summary>
internal readonly record struct ChoicePiece(int Index, ReplyPiece Piece);
