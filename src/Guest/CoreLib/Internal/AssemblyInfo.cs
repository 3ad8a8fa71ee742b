// SPDX-License-Identifier: Apache-2.0

using System.Runtime.CompilerServices;

// The library OS and the tenders import and export native symbols by this library's internal attributes.
[assembly: InternalsVisibleTo("Uaas.Guest")]
[assembly: InternalsVisibleTo("Uaas.Tenders")]
