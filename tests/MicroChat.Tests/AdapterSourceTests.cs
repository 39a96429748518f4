using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Text;

namespace MicroChat.Tests;

/// <summary>What only the Full profile compiles is read here, so that a slip of the pen shows also where the feed lacks its packages.</summary>
public sealed class AdapterSourceTests
{
    private const int LongestFile = 300, LongestMethod = 40;

    /// <summary>Folders that the Portable profile leaves out, and the namespace of each.</summary>
    private static readonly (string Folder, string Namespace)[] Folders =
    [
        ("src/MicroChat.DiscordNet", "MicroChat.DiscordNet"),
        ("src/MicroChat.MLTokenizers", "MicroChat.MLTokenizers"),
        ("src/MicroChat/Adapters/Full", "MicroChat.Adapters"),
        ("tests/MicroChat.Tests/Full", "MicroChat.Tests.Full"),
    ];

    public static TheoryData<string, string> Sources =>
        [.. Folders.SelectMany(f => Directory.GetFiles(Path.Combine(Repository.Root, f.Folder), "*.cs").Select(file => (Path.GetRelativePath(Repository.Root, file), f.Namespace)))];

    [Theory]
    [MemberData(nameof(Sources))]
    public void A_source_of_the_full_profile_parses_and_keeps_the_rules_of_form(string file, string @namespace)
    {
        SourceText text = SourceText.From(File.ReadAllText(Path.Combine(Repository.Root, file)));
        SyntaxTree tree = CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.CSharp14, DocumentationMode.Diagnose));
        Assert.DoesNotContain(tree.GetDiagnostics(), d => d.Severity >= DiagnosticSeverity.Warning);
        CompilationUnitSyntax root = tree.GetCompilationUnitRoot();
        Assert.Equal(@namespace, Assert.Single(root.Members.OfType<FileScopedNamespaceDeclarationSyntax>()).Name.ToString());
        Assert.InRange(text.Lines.Count, 1, LongestFile);
        foreach (MethodDeclarationSyntax method in root.DescendantNodes().OfType<MethodDeclarationSyntax>())
        {
            FileLinePositionSpan span = tree.GetLineSpan(method.Span);
            Assert.True(span.EndLinePosition.Line - span.StartLinePosition.Line < LongestMethod, $"{file}: {method.Identifier} is longer than {LongestMethod} lines; split it.");
        }
    }
}
