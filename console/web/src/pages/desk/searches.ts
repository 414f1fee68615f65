import { api, got } from "../../api/client";
import type { Option } from "./picker";

/** Each finds by characters, pinyin or initials; the server knows the names. */

export async function searchUnits(q: string): Promise<Option[]> {
  const found = got(await api.GET("/api/units", { params: { query: { q, limit: 12 } } }));
  return found.map(({ code, name, extension }) => ({ value: code, label: name, more: extension }));
}

export async function searchRegions(q: string): Promise<Option[]> {
  const found = got(await api.GET("/api/regions", { params: { query: { q, limit: 12 } } }));
  return found.map(({ code, name }) => ({ value: code, label: name }));
}

export async function searchCategories(q: string): Promise<Option[]> {
  const found = got(await api.GET("/api/categories", { params: { query: { q, limit: 12 } } }));
  return found.map(({ code, name, l1_name }) => ({ value: code, label: name, more: l1_name }));
}

/** A place; it brings its region along. */
export interface PlaceOption extends Option {
  region: Option;
}

export async function searchPlaces(q: string): Promise<PlaceOption[]> {
  const found = got(await api.GET("/api/places", { params: { query: { q, limit: 8 } } }));
  return found.map((one) => {
    const parents = [one.region_name, ...one.parents.map(({ name }) => name).reverse()];
    const region = { value: one.region, label: one.region_name };
    return { value: one.code, label: one.name, more: parents.join(" "), region };
  });
}
