// SPDX-License-Identifier: Apache-2.0

using System.Net;
using System.Text;
using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Uaas.Demo;

/// <summary>Renders the project's documents, which are in Markdown, as pages of the site.</summary>
internal static class Documents
{
    private static readonly string[] s_atRoot = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"];

    private static readonly MarkdownPipeline s_pipeline = new MarkdownPipelineBuilder().UsePipeTables().UseAutoIdentifiers().UseAutoLinks().Build();

    /// <summary>Renders all documents, and a list of them.</summary>
    internal static void Render(string repository, string output)
    {
        Directory.CreateDirectory(output);
        string template = ReadTemplate();
        string docs = Path.Combine(repository, "docs");
        IEnumerable<string> inDocs = Directory.Exists(docs) ? Directory.GetFiles(docs, "*.md").Order(StringComparer.Ordinal) : [];
        StringBuilder list = new("<h1>Documents</h1>\n<ul class=\"cards\">\n");
        foreach (string file in s_atRoot.Select(name => Path.Combine(repository, name)).Where(File.Exists).Concat(inDocs))
        {
            MarkdownDocument document = Markdown.Parse(File.ReadAllText(file), s_pipeline);
            string title = TitleOf(document) ?? Path.GetFileNameWithoutExtension(file);
            string name = NameOf(Path.GetFileName(file));
            PointLinksAtPages(document, isAtRoot: Path.GetDirectoryName(file) == repository);
            Write(Path.Combine(output, name), template, title, document.ToHtml(s_pipeline), File.GetLastWriteTimeUtc(file));
            list.Append(System.Globalization.CultureInfo.InvariantCulture, $"<li><a href=\"{name}\">{WebUtility.HtmlEncode(title)}</a></li>\n");
        }

        Write(Path.Combine(output, "index.html"), template, "Documents", list.Append("</ul>\n").ToString(), DateTime.UtcNow);
    }

    private static string ReadTemplate()
    {
        using Stream stream = typeof(Documents).Assembly.GetManifestResourceStream("Page.html")!;
        return new StreamReader(stream).ReadToEnd();
    }

    private static void Write(string path, string template, string title, string body, DateTime modified)
    {
        string page = template.Replace("{title}", WebUtility.HtmlEncode(title), StringComparison.Ordinal).Replace("{body}", body, StringComparison.Ordinal);
        File.WriteAllText(path, page);
        File.SetLastWriteTimeUtc(path, modified);
    }

    private static string? TitleOf(MarkdownDocument document)
    {
        HeadingBlock? heading = document.Descendants<HeadingBlock>().FirstOrDefault(static block => block.Level == 1);
        return heading?.Inline is null ? null : string.Concat(heading.Inline.Descendants().Select(static inline => inline switch
        {
            LiteralInline literal => literal.Content.ToString(),
            CodeInline code => code.Content,
            _ => "",
        }));
    }

    /// <summary>A document that another one links to is a page now; any other file of the repository is below /source/.</summary>
    private static void PointLinksAtPages(MarkdownDocument document, bool isAtRoot)
    {
        foreach (LinkInline link in document.Descendants<LinkInline>())
        {
            if (link.Url is not { Length: > 0 } url || url.Contains("://", StringComparison.Ordinal) || url[0] is '#' or '/')
            {
                continue;
            }

            string[] parts = url.Split('#', 2);
            string path = new Uri(new Uri(isAtRoot ? "file:///" : "file:///docs/"), parts[0]).AbsolutePath[1..];
            bool isDocument = path.EndsWith(".md", StringComparison.Ordinal) && (path.StartsWith("docs/", StringComparison.Ordinal) || s_atRoot.Contains(path));
            string target = isDocument ? NameOf(Path.GetFileName(path)) : "/source/" + path;
            link.Url = parts.Length == 2 ? $"{target}#{parts[1]}" : target;
        }
    }

    private static string NameOf(string markdown) => Path.ChangeExtension(markdown, ".html").ToLowerInvariant();
}
